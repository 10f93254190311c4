-- Upvalues closed in the middle of compiled loops, and setmetatable with all that may go with it.
local function counter() local n = 0 return function(k) n = n + k return n end, function() return n end end
local total = 0
for i = 1, 100 do
  local add, get = counter()
  add(i) add(1)
  total = total + get()
end
print(total)
local kept = {}
for i = 1, 60 do
  local x = i
  do local y = x * 2 kept[i] = function() x = x + 1 y = y + 1 return x + y end end
  x = x + 1
  if i % 3 == 0 then goto continue end
  total = total + kept[i]()
  ::continue::
end
for i = 1, 60 do total = total + kept[i]() end
print(total)
local function make(a, ...) local b, c = a, ... return function() a = a + 1 return a + b + (c or 0) end end
for i = 1, 60 do local f, g = make(i), make(i, 5) total = total + f() + g() + f() end
print(total)
local function tail(x) local y = x local f = function() y = y + 1 return y end return (function(g) return g() + f() end)(f) end
for i = 1, 60 do total = total + tail(i) end
print(total)
local closes = 0
local function scoped(i)
  local x <close> = setmetatable({}, { __close = function() closes = closes + i end })
  local up = i
  return function() up = up + 1 return up end
end
for i = 1, 60 do total = total + scoped(i)() end
print(total, closes)
while true do
  local v = total
  local f = function() v = v - 100 return v end
  total = f()
  if total < 0 then break end
end
print(total)

local finalized = 0
local plain, protected, final = {}, { __metatable = "locked" }, { __gc = function() finalized = finalized + 1 end }
local good, messages = 0, {}
for i = 1, 120 do
  local t = setmetatable({}, i < 40 and plain or i < 80 and protected or final)
  local ok, m = pcall(setmetatable, t, nil)
  if ok then good = good + 1 else messages[m] = (messages[m] or 0) + 1 end
  if i == 100 then plain.__gc = final.__gc end
end
collectgarbage()
print(good, messages["cannot change a protected metatable"], finalized)
for i = 1, 80 do setmetatable({}, i < 40 and plain or { __gc = final.__gc }) end
collectgarbage()
print(finalized)
print(pcall(function() for i = 1, 100 do setmetatable({}, i < 90 and plain or i) end end))
print(pcall(function() for i = 1, 100 do setmetatable(i < 90 and {} or i, plain) end end))
print(pcall(function() for i = 1, 100 do local t = setmetatable(setmetatable({}, i < 90 and final or protected), plain) end end))
local function wrapped(x) return setmetatable({ x = x }, final) end
local sum = 0
for i = 1, 100 do sum = sum + wrapped(i).x end
print(sum, getmetatable(wrapped(1)) == final)
