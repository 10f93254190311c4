-- Upvalues are reassigned and functions redefined while loops that use them are hot.
local up, f = 1, function(x) return x + 1 end
local function set(v) up = v end
local function setf(g) f = g end
local function loop(n, at, change)
  local s = 0
  for i = 1, n do
    if i == at then change() end
    s = s + (tonumber(up) or 100)
    s = f(s)
  end
  return s
end
print(loop(500, 300, function() set(2) end))
print(loop(500, 300, function() set(2.5) end))
print(loop(500, 300, function() set("7") end))
print(loop(500, 300, function() set(nil) end))
set(1)
print(loop(500, 300, function() setf(function(x) return x * 2 % 1000003 end) end))
print(loop(500, 300, function() setf(math.sqrt) end))
print(loop(500, 300, function() setf(function(x) return x - 1 end) end))
print(pcall(loop, 500, 300, function() setf(nil) end))
setf(setmetatable({}, { __call = function(self, x) return x + 3 end }))
print(loop(500, 300, function() setf(function(x) return x end) end))
-- globals
function G(x) return x + 1 end
local function globals()
  local s = 0
  for i = 1, 700 do
    if i == 200 then function G(x) return x + 2 end
    elseif i == 300 then G = math.abs
    elseif i == 400 then G = nil G = tonumber
    elseif i == 500 then G = setmetatable({}, { __call = function(_, x) return x + 10 end })
    elseif i == 600 then function G(x, y) y = y or 1 return x + y, y end end
    s = G(s)
  end
  return s
end
print(globals())
print(pcall(function() for i = 1, 400 do if i == 333 then G = nil end G(i) end end))
print(pcall(function() for i = 1, 400 do if i == 333 then string.missing() end string.len("x") end end))
-- the environment is exchanged
local function env()
  local _ENV = { n = 0, print = print }
  for i = 1, 500 do
    if i == 300 then _ENV = { n = 1000, print = print } end
    n = n + 1
  end
  return n
end
print(env())
-- library functions are replaced and come back
local floor = math.floor
local calls = 0
local s = 0
for i = 1, 600 do
  if i == 300 then math.floor = function(x) calls = calls + 1 return floor(x) + 1 end elseif i == 400 then math.floor = floor end
  s = s + math.floor(i / 3)
end
print(s, calls)
local len = string.len
local l = 0
for i = 1, 600 do
  if i == 300 then string.len = function() return 100 end elseif i == 400 then string.len = len end
  l = l + ("abc"):len()
end
print(l)
-- the function called alternates between Lua and C
local fs = { math.abs, function(x) return -x end, math.ceil, function(...) return ... end, tostring }
local r = {}
for i = 1, 600 do local v = fs[i % 5 + 1](-i) r[i % 5 + 1] = (tonumber(r[i % 5 + 1]) or 0) + v end
print(r[1], r[2], r[3], r[4], r[5])
-- shared upvalues written in the loop through another closure
local function counter() local c = 0 return function() c = c + 1 return c end, function(v) c = v end, function() return c end end
local inc, put, get = counter()
for i = 1, 400 do if i == 200 then put(1000.5) elseif i == 300 then put(7) end inc() end
print(get())
local v = 0
local function bump() v = v + 1 end
for i = 1, 400 do bump() v = v + 1 if i == 333 then bump = function() v = v + 100 end end end
print(v)
debug.setupvalue(get, 1, 5)
print(get())
-- upvaluejoin and setupvalue inside the loop
local a, b = 1, 1000
local function ra() return a end
local function rb() return b end
local t = 0
for i = 1, 400 do
  if i == 200 then debug.upvaluejoin(ra, 1, rb, 1) elseif i == 300 then debug.setupvalue(ra, 1, 5) end
  t = t + ra()
end
print(t, a, b)
