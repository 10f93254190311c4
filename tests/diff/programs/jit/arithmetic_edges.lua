-- Arithmetic at the edges of its types inside hot loops.
local function show(...) local t = table.pack(...) for i = 1, t.n do t[i] = math.type(t[i]) and string.format(math.type(t[i]) == "integer" and "%d" or "%.17g", t[i]) or tostring(t[i]) end print(table.concat(t, " ")) end
local x = math.maxinteger - 150
for i = 1, 300 do x = x + 1 end
show(x)
x = math.mininteger + 150
for i = 1, 300 do x = x - 1 end
show(x)
local p, q = 1, 1.0
for i = 1, 300 do p = p * 3 q = q * 3 end
show(p, q)
local operands = { 0, 1, -1, 2, -2, 3, -3, 7, -7, 62, 63, 64, 65, -63, -64, -65, math.maxinteger, math.mininteger, math.mininteger + 1, 1 << 53, 0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 3.0, 5.3, -5.3, 2^53, -2^63, 2^63, 1e308, 1/0, -1/0, 0/0 }
local ops = {
  add = function(a, b) return a + b end, sub = function(a, b) return a - b end, mul = function(a, b) return a * b end,
  div = function(a, b) return a / b end, idiv = function(a, b) return a // b end, mod = function(a, b) return a % b end,
  pow = function(a, b) return a ^ b end, unm = function(a) return -a end, band = function(a, b) return a & b end,
  bor = function(a, b) return a | b end, bxor = function(a, b) return a ~ b end, shl = function(a, b) return a << b end,
  shr = function(a, b) return a >> b end, bnot = function(a) return ~a end, lt = function(a, b) return a < b end,
  le = function(a, b) return a <= b end, eq = function(a, b) return a == b end,
}
local names = {}
for name in pairs(ops) do names[#names + 1] = name end
table.sort(names)
-- each operation is hot with integers, then meets all pairs; then once more in an order in which types alternate
for _, name in ipairs(names) do
  local op, bits, floats, errors = ops[name], 0, 0, {}
  for i = 1, 300 do op(i, 3) end
  for pass = 1, 2 do
    for i = 1, #operands do
      for j = 1, #operands do
        local a, b = operands[i], operands[j]
        if pass == 2 then a, b = b, a end
        local ok, r = pcall(op, a, b)
        if not ok then errors[r:gsub("^[^:]*:%d+: ", "")] = true
        elseif math.type(r) == "integer" then bits = bits * 31 + r
        elseif math.type(r) == "float" then
          local packed = r ~= r and 77 or string.unpack("<i8", string.pack("<d", r))
          floats = floats * 31 + packed
        else bits = bits * 31 + (r and 1 or 2) end
      end
    end
  end
  local messages = {}
  for m in pairs(errors) do messages[#messages + 1] = m end
  table.sort(messages)
  print(name, bits, floats, table.concat(messages, "; "))
end
-- the same with constants, in loops of their own
local function fresh(expr)
  local f = load("local operands = ... local bits = 0 for r = 1, 12 do for i = 1, #operands do local a = operands[i] local ok, v = pcall(function(a) return " .. expr
    .. " end, a) local k = math.type(v) if k == 'integer' then bits = bits * 31 + v elseif k == 'float' then bits = bits * 31 + (v ~= v and 7 or string.unpack('<i8', string.pack('<d', v))) elseif ok then bits = bits * 31 + (v and 1 or 2) else bits = bits * 31 + #v end end end return bits")
  print(expr, f(operands))
end
for _, k in ipairs { "1", "-1", "0", "3", "-7", "63", "64", "-64", "0x7fffffffffffffff", "0.0", "-0.0", "0.5", "-3.0", "1e308" } do
  for _, op in ipairs { "+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>", "<", "<=", "==" } do
    fresh("a " .. op .. " " .. k)
    fresh(k .. " " .. op .. " a")
  end
end
-- without pcall, so that compiled code goes through it, on operands on which it does not fail
local integers, floats = {}, {}
for _, v in ipairs(operands) do local t = math.type(v) == "integer" and integers or floats t[#t + 1] = v end
local function straight(expr, values)
  local f = load("local values = ... local bits = 0 for r = 1, 12 do for i = 1, #values do local a = values[i] local v = " .. expr
    .. " local k = math.type(v) if k == 'integer' then bits = bits * 31 + v elseif k == 'float' then bits = bits * 31 + (v ~= v and 7 or string.unpack('<i8', string.pack('<d', v))) else bits = bits * 31 + (v and 1 or 2) end end end return bits")
  return f(values)
end
for _, k in ipairs { "1", "-1", "3", "-7", "63", "64", "-64", "0x7fffffffffffffff", "math.mininteger", "0.0", "-0.0", "0.5", "2", "-3.0", "1e308" } do
  for _, op in ipairs { "+", "-", "*", "/", "^", "<", "<=", "==", "//", "%" } do
    local r = { straight("a " .. op .. " " .. k, integers), straight("a " .. op .. " " .. k, floats), straight(k .. " " .. op .. " a", floats) }
    if op ~= "//" and op ~= "%" then r[#r + 1] = straight(k .. " " .. op .. " a", integers) end
    print(op, k, table.concat(r, " "))
  end
  if math.tointeger(load("return " .. k)()) then
    for _, op in ipairs { "&", "|", "~", "<<", ">>" } do print(op, k, straight("a " .. op .. " " .. k, integers), straight(k .. " " .. op .. " a", integers)) end
  end
end
for _, op in ipairs { "-a", "~a", "not a", "a + a", "a * a", "a - a", "a & a", "a << a", "a >> a", "a == a", "a < a", "a // 1", "a % 1" } do print(op, straight(op, integers)) end
for _, op in ipairs { "-a", "not a", "a + a", "a * a", "a - a", "a == a", "a < a", "a <= a", "a / a", "a // 1", "a % 1", "a // a", "a % a", "a ^ a" } do print(op, straight(op, floats)) end
-- in straight loops, not called
local a, b, c, d, e = 0, 0, 0, 0, 0
for i = -300, 300 do
  local z = i == 0 and 1 or i
  a = a + 1000 // z b = b + 1000 % z c = c ~ (1 << i) d = d ~ (-1 >> i) e = e + (i % 7.5) + i // 2.5
end
show(a, b, c, d, e)
local m = 0
for i = 1, 300 do local dv = i % 2 == 0 and -1 or 1 m = m ~ (math.mininteger // dv) ~ (math.mininteger % dv) end
show(m)
local z = 0.0
for i = 1, 300 do z = -z if i % 100 == 0 then show(z, 1 / z) end end
local mz = 0.0
for i = 1, 300 do mz = mz * -1 end
show(1 / mz)
local nan, hits = 0 / 0, 0
for i = 1, 400 do if i == 200 then nan = 1.0 end if nan == nan then hits = hits + 1 end if nan < 1 then hits = hits + 1000 end if not (nan >= 1) then hits = hits + 100000 end if nan ~= nan then hits = hits + 10000000 end end
show(hits)
local inf = 1.0
for i = 1, 1200 do inf = inf * 2 if i == 1100 then show(inf) inf = -inf end end
show(inf, inf - inf)
-- comparison of integers and floats, strings and numbers
local lt = 0
for i = 1, 400 do local f = i > 200 and i + 0.5 or i if f < 300 then lt = lt + 1 end if 250 <= f then lt = lt + 1000 end if i == f then lt = lt + 1000000 end end
show(lt)
local big = 0
for i = 1, 300 do local f = 2^53 + i if math.maxinteger < f * 1024 then big = big + 1 end if (1 << 53) + i == f then big = big + 1000 end end
show(big)
local str = 0
for i = 1, 300 do str = str + ("10" + i) + (i .. "") * 2 - ("0x10" // 1) if i == 250 then str = str + "1e1" end end
show(str)
print(pcall(function() local w = 0 for i = 1, 300 do w = w + (i == 250 and "abc" or "1") end end))
for i = 1, 300 do local f = math.floor(i + 0.5) + math.ceil(i - 0.5) + math.abs(-i) + math.abs(-i - 0.5) if i == 300 then show(f, math.floor(2^70), math.floor(-0.0), math.ceil(-0.5), math.sqrt(i), math.fmod(-i, 7), math.tointeger(3.0), math.ult(1, -1)) end end
local fl = 0
for i = 1, 400 do local v = i == 300 and 2^65 or i == 301 and -2^65 or i + 0.25 fl = fl + (math.floor(v) < 0 and -1 or 1) + math.floor(-v) // 1e15 end
show(fl)
