-- varargs: folding over arguments
local function sum(...)
  local s = 0
  for _, v in ipairs({ ... }) do s = s + v end
  return s
end
local function first(a, ...) return a, select("#", ...) end
local function rotate(a, ...) return ..., a end
local total = 0
for i = 1, tonumber(arg[1]) or 3000000 do
  local a, n = first(i, 1, 2, 3)
  total = total + sum(i, 2, n) + select(2, rotate(a, i, 5))
end
print(total)
