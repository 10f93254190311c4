-- Remainders of floats that compiled code takes by integers, where it may: every mixture of signs, fractions, sizes and
-- types, each pair of operands where the loop was compiled for another one.

local values = {
  0.0, -0.0, 1.0, 2.0, 3.0, 7.0, 360.0, 0.25, 0.1, 1.5, 359.75, 1e15 + 0.5, 2.0 ^ 52 + 1, 2.0 ^ 53, 2.0 ^ 53 + 2, 2.0 ^ 60,
  1e300, 5e-324, 1 / 0, -1 / 0, 0 / 0, -1.0, -2.5, -7.0, -360.25, 1, 2, 7, -3, 1 << 40, math.maxinteger, math.mininteger,
}

local function text(v)
  return (string.format("%.17g", v):gsub("-nan", "nan"))
end

-- One divisor, all dividends: the loop is compiled for the first ones.
local function by(first, divisor)
  local out, x = {}, first
  for n = 1, 60 do
    x = n <= 20 and first or values[n - 20] or first
    local ok, r = pcall(function() return x % divisor end)
    local r2 = math.type(divisor) == "integer" and divisor == 0 and r or x % divisor
    out[#out + 1] = ok and text(r2) or "error"
  end
  return table.concat(out, " ")
end
for _, first in ipairs {3.0, 3.5, 12} do
  for _, divisor in ipairs(values) do
    print(text(first), text(divisor), by(first, divisor))
  end
end

-- Constants.
local function constants(first)
  local out = {}
  for n = 1, 60 do
    local x = n <= 20 and first or values[n - 20] or first
    local a, b, c, d, e = x % 1.0, x % 2.0, x % 360.0, x % 0.5, x % -3.0
    local f, g, h = x % 7, x % (2.0 ^ 53), x % (1 / 0)
    out[#out + 1] = table.concat({text(a), text(b), text(c), text(d), text(e), text(f), text(g), text(h)}, ",")
  end
  return table.concat(out, " ")
end
print(constants(4.0))
print(constants(4.75))
print(constants(-4.0))

-- As programs use them: parity, angles, fractions, divisors that grow.
local even, turned, fractions, smallest = 0, 0.0, 0.0, 0
for i = 1, 400 do
  local x = i * 1.0
  if x % 2 == 0 then even = even + 1 end
  turned = (turned + 77.3) % 360
  fractions = fractions + (x / 8) % 1
  local n, f = x * 6 + 1, 2.0
  while n % f ~= 0 do f = f + 1 end
  smallest = smallest + f
end
print(even, turned, fractions, smallest)
