-- Integers and floats that meet: comparisons, limits of loops, keys of tables.

local function compare(list, pivot)
  local n, m = 0, 0
  for i = 1, #list do
    local v = list[i]
    if v < pivot then n = n + 1 end
    if v <= pivot then n = n + 2 end
    if v > pivot then n = n + 4 end
    if v >= pivot then n = n + 8 end
    if v == pivot then m = m + 1 end
    if v ~= pivot then m = m + 2 end
  end
  return n, m
end

local ints, floats = {}, {}
for i = 1, 300 do
  ints[i] = i
  floats[i] = i / 2
end
print(compare(ints, 150.5), compare(ints, 150.0), compare(floats, 75), compare(floats, 74))
-- Integers that no float stands for, and the numbers around them.
local large = { (1 << 53) - 1, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1, -(1 << 53), math.maxinteger, math.mininteger }
local pivots = { 2.0 ^ 53, -2.0 ^ 53, 2.0 ^ 63, -2.0 ^ 63, 1 / 0, -1 / 0, 0 / 0, 0.5 }
for _, late in ipairs(large) do
  for i = 1, 300 do ints[i] = i < 250 and i or late end
  for _, pivot in ipairs(pivots) do print(late, pivot, compare(ints, pivot)) end
end
for _, late in ipairs(pivots) do
  for i = 1, 300 do floats[i] = i < 250 and i / 4 or late end
  for _, pivot in ipairs(large) do print(late, pivot, compare(floats, pivot)) end
end
for i = 1, 300 do floats[i] = i % 3 == 0 and i or i / 2 end
print(compare(floats, 100), compare(floats, 100.25))

-- Loops within loops, whose bounds are of all kinds.
local function rounds(first, last, step)
  local n, sum, kinds = 0, 0, 0
  for _ = 1, 150 do
    for i = first, last, step do
      n = n + 1
      sum = sum + i
      if math.type(i) == "float" then kinds = kinds + 1 end
      if n % 13 == 0 then break end
    end
  end
  return n, sum, kinds
end
local inf, nan = 1 / 0, 0 / 0
for _, b in ipairs {
  { 1, 5.5, 1 }, { 1, 5.0, 2 }, { 5, 1.5, -1 }, { 5, 0.5, -2 }, { 1, inf, 1 }, { 1, -inf, -1 }, { 1, nan, 1 }, { 3, 2.5, 1 },
  { 1.0, 5, 1 }, { 1, 5, 0.5 }, { 0.1, 1, 0.1 }, { 1.5, -1.5, -0.25 }, { 1, 2.0 ^ 70, 1 }, { 1, -2.0 ^ 70, 1 }, { 2.5, 1, 1 },
  { 1.0, nan, 1.0 }, { nan, 1.0, 1.0 }, { 1.0, 2.0, nan }, { 1.0, inf, 1.0 }, { -0.0, 0, 1 }, { math.maxinteger - 2, 2.0 ^ 63, 1 },
} do
  print(b[1], b[2], b[3], rounds(b[1], b[2], b[3]))
end
for _, b in ipairs { { 1, 5.5, 0 }, { 1.0, 5, 0.0 }, { 1, "5", 1 }, { "1", 5, 1 }, { 1, {}, 1 } } do
  print(pcall(rounds, b[1], b[2], b[3]))
end
-- The same loop with bounds that change their type.
local function changing(list)
  local n = 0
  for i = 1, #list do
    for j = list[i], 4 + list[i] % 1, 1 do n = n + j end
    for j = 1, list[i] do n = n + j end
  end
  return n
end
local bounds = {}
for i = 1, 300 do bounds[i] = i < 200 and 2 or i < 240 and 2.5 or i < 270 and 3.0 or 0 end
print(changing(bounds))

-- Floats as keys.
local function keyed(t, step, n)
  local k, sum = step, 0
  for i = 1, n do
    t[k] = i
    sum = sum + (t[k] or 0) + (t[k + 1] or 0)
    t[k + 2] = t[k + 2]
    k = k + step
  end
  return sum
end
for _, step in ipairs { 1.0, 2.0, 0.5, 0.25, -1.0, 2.0 ^ 50, 2.0 ^ 60, 1e300 } do
  local t = {}
  local sum = keyed(t, step, 300)
  local n, whole = 0, 0
  for k in pairs(t) do
    n = n + 1
    if math.type(k) == "integer" then whole = whole + 1 end
  end
  print(step, sum, n, whole, #t > 0)
end
local filled = {}
for i = 1, 400 do filled[i] = i end
print(keyed(filled, 1.0, 390), keyed(filled, 0.5, 390), #filled)
print(pcall(function()
  local t = {}
  for i = 1, 300 do
    local k = i < 250 and i / 1 or nan
    t[k] = i
  end
end))
-- What metamethods get is the float.
local seen = {}
local proxy = setmetatable({}, {
  __index = function(_, k) seen[math.type(k)] = (seen[math.type(k)] or 0) + 1 return k end,
  __newindex = function(_, k) seen["new " .. math.type(k)] = (seen["new " .. math.type(k)] or 0) + 1 end,
})
local sum = 0
for i = 1, 300 do
  local k = i % 50 == 0 and i or i / 1
  sum = sum + proxy[k]
  proxy[k] = i
end
print(sum, seen.float, seen.integer, seen["new float"], seen["new integer"])
local behind = setmetatable({}, { __index = filled, __newindex = filled })
for i = 1, 300 do
  local k = i / 2 * 2
  sum = sum + behind[k]
  behind[k] = i + 1
end
print(sum, next(behind), filled[300])
local zero = { [0] = "zero" }
local hits = 0
for i = 1, 300 do if zero[-0.0 * i] == "zero" then hits = hits + 1 end end
print(hits)
