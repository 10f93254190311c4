-- To-be-closed variables in hot loops, and closures that capture variables of loops.
local log, closed = {}, 0
local function closer(f) return setmetatable({}, { __close = f or function(_, e) closed = closed + (e and 1000 or 1) end }) end
for i = 1, 400 do local c <close> = closer() end
print(closed)
for i = 1, 400 do local c <close> = i % 2 == 0 and closer() or nil if i % 7 == 0 then goto continue end local d <close> = closer() ::continue:: end
print(closed)
local function early(i) local c <close> = closer() if i % 3 == 0 then return i end for j = 1, 5 do local d <close> = closer() if j == 3 then return j end end end
local s = 0
for i = 1, 400 do s = s + early(i) end
print(s, closed)
for i = 1, 400 do pcall(function() local c <close> = closer() if i % 50 == 0 then error("x") end end) end
print(closed)
print(pcall(function() for i = 1, 400 do local c <close> = closer(function(_, e) if i >= 299 then log[#log + 1] = i .. tostring(e) end if i == 300 then error("in close") end end) end end))
print(table.concat(log, " "))
print(pcall(function() for i = 1, 400 do local c <close> = i == 300 and {} or nil end end))
print(pcall(function() for i = 1, 400 do local c <close> = closer(function(_, e) log[1] = tostring(e) end) if i == 300 then error("body") end end end))
print(log[1])
while true do local c <close> = closer() if closed > 20000 then break end closed = closed + 100 end
print(closed > 20000)
repeat local c <close> = closer() local e = closed % 100 == 99 until e
print(closed % 100)
local const = 0
for i = 1, 300 do local k <const> = i local m <const> = 5 const = const + k * m end
print(const)
-- captured variables
local fs = {}
for i = 1, 400 do fs[i] = function() i = i + 1 return i end end
print(fs[1](), fs[1](), fs[200](), fs[400]())
for i = 1, 400 do local j = i * 2 fs[i] = function(d) j = j + d return j end if i % 2 == 0 then fs[i](1) end j = j + 1 end
print(fs[1](0), fs[2](0), fs[399](0), fs[400](0))
local k = 0
while k < 300 do k = k + 1 local v = k fs[k] = function() v = v + 1 return v + k end end
print(fs[1](), fs[150](), fs[300]())
local shared = 0
for i = 1, 300 do local get, set = function() return shared end, function(x) shared = x end set(get() + i) end
print(shared)
local total = 0
for i = 1, 400 do local x = i local function f() x = x + 1 return x end f() total = total + x + f() if i == 300 then x = "5" total = total + f() end end
print(total)
-- captured only in some rounds
local kept = {}
for i = 1, 600 do local v = i if i % 100 == 0 then kept[#kept + 1] = function() v = v + 0.5 return v end end v = v + 1 end
for _, f in ipairs(kept) do io.write(f(), " ", f(), " ") end
print()
-- captured by two closures, one of which lives; in nested loops; recursion through upvalues
local a, b
for i = 1, 30 do for j = 1, 20 do local x = i * j local inc, get = function() x = x + 1 end, function() return x end inc() if i == 20 and j == 10 then a, b = inc, get end end end
a() print(b())
local function fact(n) local function go(m, acc) if m == 0 then return acc end return go(m - 1, acc * m) end return go(n, 1) end
local ft = 0
for i = 1, 300 do ft = ft ~ fact(i % 20) end
print(ft)
local function compose(f, g) return function(...) return f(g(...)) end end
local id = function(x) return x end
local chain = id
for i = 1, 20 do chain = compose(chain, function(x) return x + i end) end
local cs = 0
for i = 1, 300 do cs = cs + chain(i) end
print(cs)
-- parameters that are captured, and varargs beside them
local function params(p, ...) local n = select("#", ...) local f = function() p = p + n return p end f() return f() end
local ps = 0
for i = 1, 300 do ps = ps + params(i) + params(i, 1, 2) + params(i + 0.5, 3) end
print(ps)
-- closures compared, as keys, and called once
local set, distinct = {}, 0
for i = 1, 300 do local f = function() return i end if not set[f] then set[f] = true distinct = distinct + 1 end end
print(distinct)
local once = 0
for i = 1, 300 do once = once + (function(x) return x * 2 end)(i) end
print(once)
-- goto out of the scope of a captured variable
local gs = {}
for i = 1, 300 do
  local n = 0
  ::again::
  local v = n
  gs[#gs + 1] = function() return v end
  n = n + 1
  if n < 3 then goto again end
end
local gsum = 0
for _, f in ipairs(gs) do gsum = gsum + f() end
print(#gs, gsum)
