-- numeric: pseudo-random floats, square roots
local seed = 42
local function random() seed = (seed * 1103515245 + 12345) % 2147483648 return seed / 2147483648 end
local inside, total = 0, 0.0
for _ = 1, tonumber(arg[1]) or 12000000 do
  local x, y = random(), random()
  local d = math.sqrt(x * x + y * y)
  if d <= 1 then inside = inside + 1 end
  total = total + d
end
print(inside, string.format("%.3f", total))
