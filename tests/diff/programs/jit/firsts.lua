-- `assert` and `select` where their first result, none or all are wanted; functions of one float.

local function wanted(n)
  local sum, last = 0, nil
  for i = 1, n do
    assert(i > 0, "never")
    assert(i)
    local a = assert(i, "message")
    local b, c = assert(i, "second")
    local d, e, f = assert(i, i + 1)
    local t = { assert(i, i + 2, i + 3) }
    sum = sum + a + b + #c + d + e + (f and 1 or 0) + #t + t[3]
    last = (assert(t, "table"))[2]
  end
  return sum, last
end
print(wanted(200))

-- What is asserted becomes false, nil, or of another type.
local function checked(list)
  local n = 0
  for i = 1, #list do
    local v = assert(list[i], "element " .. i)
    n = n + (type(v) == "number" and v or 1)
  end
  return n
end
local list = {}
for i = 1, 150 do list[i] = i end
print(checked(list))
list[120] = "text"
print(checked(list))
list[100] = false
print(pcall(checked, list))
list[100] = {}
list[149] = 1.5
print(checked(list))
print(pcall(function() for i = 1, 200 do assert(i < 180) end end))
print(type(select(2, pcall(function() for i = 1, 200 do assert(i < 180, { i }) end end))))
print(select(2, pcall(function() for i = 1, 200 do assert(i < 180, nil) end end)))
print(pcall(function() for i = 1, 200 do if i > 190 then assert() else assert(true) end end end))

-- A function of that name that is another one later.
local function replaced(n)
  local before, calls = assert, 0
  for i = 1, n do
    if i == n - 20 then
      assert = function(...) calls = calls + 1 return ... end
    end
    local v = assert(i % 7 ~= 9, "never")
    if not v then calls = calls + 1000 end
  end
  assert = before
  return calls
end
print(replaced(200))

local function selecting(...)
  local sum = 0
  for i = 1, 100 do
    local first, third = (select(1, ...)), (select(3, ...))
    local a, b = select(2, ...)
    sum = sum + first * select("#", ...) + third + a + b + (select(-1, ...))
    select(1, ...)
    local none = select(5, ...)
    if none ~= nil then sum = sum + 1000 end
  end
  return sum
end
print(selecting(1, 2, 3), selecting(1.5, 2, 3, 4), selecting(4, 3, 2, 1, 0, "x" and 7))

local function each(...)
  local sum = 0
  for i = 1, select("#", ...) do sum = sum + select(i, ...) end
  return sum
end
local total = 0
for i = 1, 200 do total = total + each(i, 2, 3) + each(i) + each() end
print(total)
for _, which in ipairs { 0, -5, "x", 1.5, "2" } do
  print(which, pcall(function()
    local n = 0
    for i = 1, 150 do
      local v = select(i < 140 and 1 or which, i, i + 1)
      n = n + v
    end
    return n
  end))
end

-- Functions of floats, on integers, floats and strings, and with more arguments than they need.
local names = { "sin", "cos", "tan", "exp", "log", "sqrt", "asin", "acos" }
for _, name in ipairs(names) do
  local f, sum = math[name], 0
  for i = 1, 150 do
    local x = f(i / 200)
    local y = f(1, 2)
    sum = sum + x + f(1) + y
  end
  print(name, string.format("%.10g", sum), string.format("%.6g", f("0.5")), pcall(f))
end
for _, x in ipairs { 2, 10, 3.5 } do
  local sum = 0
  for i = 1, 150 do sum = sum + math.log(i, x) end
  print(string.format("%.10g", sum))
end
local sum = 0
for i = -150, 150 do
  sum = sum + math.fmod(i * 0.75, 2.5) + math.fmod(i, 7) + math.fmod(i, 2.25) + (i * 1.25) % -3.5 + (i * 1e15) % 0.3
end
print(string.format("%.10g", sum), pcall(math.fmod, 1, 0), math.fmod(1, 0.0) ~= math.fmod(1, 0.0))
local found = 0
for i = 1, 200 do
  local v = math.tointeger(i % 50 == 0 and i + 0.5 or i * 1.0)
  found = found + (v or 1000000)
end
print(found, math.tointeger("8"), math.tointeger({}), pcall(math.tointeger))
