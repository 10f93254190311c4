-- Branches that only compute, which compiled code replaces by selections: equal results for each kind of comparison,
-- operand, way and type; and ways that must not be.

local nan, inf = 0 / 0, 1 / 0
local ints = {0, 1, -1, 2, 7, -8, 63, 64, 1 << 40, math.maxinteger, math.mininteger}
local floats = {0.0, -0.0, 1.0, -1.5, 2.5, 1e300, -1e300, inf, -inf, nan, 5e-324}

local function show(name, ...) print(name, ...) end

-- Each order, integers: the ways write one register, two, or none that matters.
local function orders(list)
  local t = {}
  for _, x in ipairs(list) do
    local lt, le, gt, ge, eq, ne = 0, 0, 0, 0, 0, 0
    for i = 1, #list do
      local y = list[i]
      if x < y then lt = lt + 1 end
      if x <= y then le = le + i else le = le - 1 end
      if x > y then gt = gt * 3 + 1 end
      if x >= y then ge = ge + 2 else ge = ge * 2 end
      if x == y then eq = eq + 1 end
      if x ~= y then ne = ne - i end
    end
    t[#t + 1] = table.concat({lt, le, gt, ge, eq, ne}, " ")
  end
  return table.concat(t, "; ")
end
show("ints", orders(ints))
show("floats", orders(floats))

-- Selected floats, with what a zero's sign becomes; NaN compares as nothing.
local function pick(list)
  local t = {}
  for i = 1, #list do
    local x = list[i]
    local a, b, c = x, x, 1.5
    if x < 0.5 then a = 0.25 end
    if x >= 0.5 then b = -x else b = x * 2.0 end
    if x == x then c = x end
    local d = x > 0.0 and x or -x
    local e = (x < 1.0) and 2 * x or -2 * x
    t[#t + 1] = string.format("%.14g %.14g %.14g %.14g %.14g", a, b, c, d, e):gsub("-nan", "nan")
  end
  return table.concat(t, "; ")
end
show("picked", pick(floats))

-- Immediate operands, on either side.
local function immediates()
  local n, m = 0, 0.0
  for i = -40, 40 do
    if i < 3 then n = n + 1 end
    if i > -3 then n = n + 2 end
    if 5 >= i then n = n ~ i end
    if -5 <= i then n = n | 4 end
    if i == 7 then n = n << 1 end
    if i ~= 9 then n = n - 1 end
    local f = i / 4
    if f < 2 then m = m + f end
    if f > -2 then m = m - 1 end
    if f == 3 then m = m * 2 end
    if f ~= 3.25 then m = m + 0.5 end
  end
  return n, m
end
show("immediates", immediates())

-- Integers that no float stands for, against floats.
local function large()
  local n, f = 0, 2.0 ^ 53
  for i = 1, 100 do
    if f == 9007199254740993 then n = n + 1 end
    if f == 9007199254740992 then n = n + 1000 end
    if f ~= math.maxinteger then n = n + 1000000 end
    if i == 60 then f = 2.0 ^ 63 end
  end
  return n
end
local function equals(f)
  local n, m = 0, 0
  for i = 1, 100 do
    if f == 9007199254740993 then n = n + 1 end
    if f ~= -9007199254740993 then m = m + 1 end
  end
  return n, m
end
show("large", large(), equals(2.0 ^ 53), equals(-2.0 ^ 53))

-- Conditions in conditions, and with more ways than two.
local function nested()
  local a, b, c, d = 0, 0, 0, 0
  for i = 1, 300 do
    local v = i * 7919 % 100
    if v > 20 and v < 60 then a = a + 1 end
    if v < 10 or v > 90 then b = b + v end
    if v < 30 then
      if v > 15 then c = c + 1 else c = c + 1000 end
    end
    if v < 25 then d = d + 1 elseif v < 50 then d = d + 10000 else d = d - 1 end
  end
  return a, b, c, d
end
show("nested", nested())

-- Strings are selected, too.
local function toggles()
  local state, n = "off", 0
  for i = 1, 200 do
    if state == "off" then state = "on" else state = "off" end
    if state == "on" then n = n + i else n = n - 1 end
  end
  return state, n
end
show("toggles", toggles())

-- Types that differ between the ways, and types that change.
local function mixed()
  local x, n, s = 1, 0, ""
  for i = 1, 200 do
    if i % 3 == 0 then x = i else x = i + 0.5 end
    n = n + x
    local y = i % 2 == 0 and "even" or i
    if y == "even" then s = y end
    local z
    if i > 100 then z = i end
    if z then n = n + z end
    local w = 1
    if i % 5 == 0 then w = nil end
    if w == nil then n = n + 1000 end
  end
  return x, n, s
end
show("mixed", mixed())

local function changing(list)
  local m = 0
  for i = 1, #list do
    local v = list[i]
    if v > m then m = v end
  end
  return m
end
local grows = {}
for i = 1, 200 do grows[i] = i % 50 end
show("changing", changing(grows))
grows[120] = 99.5
show("changing", changing(grows))
grows[150] = "x"
show("changing", pcall(changing, grows))
local ordered = setmetatable({}, {__lt = function(a, b) return true end})
grows[150] = ordered
show("changing", changing(grows) == 49)

-- What must stay where it is: errors, divisions by zero, calls, stores.
local function divides(d)
  local n = 0
  for i = 1, 100 do
    if i > d then n = n + i // (i - d) else n = n + i % (d + 1) end
  end
  return n
end
show("divides", divides(50), pcall(divides, -1))
local function stores()
  local t, calls = {}, 0
  local function f(x) calls = calls + 1 return x end
  for i = 1, 200 do
    if i % 4 == 0 then t[#t + 1] = i end
    if i % 5 == 0 then f(i) end
    if i % 6 == 0 then calls = calls + 1 end
  end
  return #t, calls
end
show("stores", stores())

-- Registers that functions capture.
local function captured()
  local n, fs = 0, {}
  for i = 1, 150 do
    local k = i
    if i % 2 == 0 then k = k + 1 else k = k - 1 end
    fs[#fs + 1] = function() k = k + 1 return k end
    if k > 100 then n = n + fs[#fs]() end
    if n > 1000 then n = n - 1000 end
  end
  local s = 0
  for _, f in ipairs(fs) do s = s + f() end
  return n, s
end
show("captured", captured())

-- Divisors and counts that are constants, and those that are not.
local function constants()
  local a, b, c, d = 0, 1, 0, 0
  for i = -100, 100 do
    if i % 2 == 0 then a = a + i // 4 else a = a + i % 8 end
    if i & 1 == 1 then b = (b >> 1) ~ 0xedb88320 else b = b << 3 end
    if i > 0 then c = c + i // 3 else c = c - i % 5 end
    if i > 5 then d = d + (1 << i) else d = d - i / 3 end
  end
  return a, b, c, d
end
show("constants", constants())

-- The ways seen from outside: a debugger and a hook find the variables that the program has.
local function watched()
  local n, seen = 0, 0
  for i = 1, 200 do
    if i % 3 == 0 then n = n + 2 else n = n - 1 end
    if i % 50 == 0 then
      local name, v = debug.getlocal(1, 1)
      seen = seen + v
      debug.setlocal(1, 1, v + 100)
    end
  end
  return n, seen
end
show("watched", watched())
local function counted()
  local events, n = 0, 0
  for i = 1, 400 do
    if i == 200 then debug.sethook(function() events = events + 1 end, "", 10) end
    if i % 2 == 0 then n = n + 1 else n = n + 3 end
    if i == 300 then debug.sethook() end
  end
  return events, n
end
show("counted", counted())

-- A minimum that is rarely new, and a value that oscillates: whatever the first rounds were.
local function late()
  local lo, hi, at, flips, last = math.huge, -math.huge, 0, 0, 0
  for i = 1, 500 do
    local v = (i * 7907 % 501) / 3
    if v < lo then lo, at = v, i end
    if v > hi then hi = v end
    if v > last then flips = flips + 1 end
    last = v
  end
  return lo, hi, at, flips
end
show("late", late())
