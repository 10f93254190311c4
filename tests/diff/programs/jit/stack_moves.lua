-- The stack is reallocated, and shrinks again, while compiled loops are under way.
local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
local s = 0
for i = 1, 400 do
  s = s + (i % 100 == 50 and depth(5000 + i) or depth(3))
end
print(s)
local function inner(n) local t = 0 for i = 1, 50 do t = t + i if n > 0 and i == 25 then t = t + inner(n - 1) end end return t end
print(inner(100), inner(180))
local function spread(...) return select("#", ...) end
local big = {}
for i = 1, 3000 do big[i] = i end
local c = 0
for i = 1, 400 do c = c + (i % 50 == 0 and spread(table.unpack(big)) or spread(table.unpack(big, 1, 3))) end
print(c)
-- a collection makes the stack small again
local d = 0
for i = 1, 400 do
  if i % 100 == 0 then d = d + depth(20000) collectgarbage() collectgarbage() end
  d = d + 1
end
print(d)
-- variables shared with closures while the stack moves
local v = 0
local function add(n) v = v + n if n > 0 and v % 97 == 0 then depth(3000) end end
for i = 1, 600 do add(i) v = v + 1 end
print(v)
-- overflow inside a hot loop, in Lua and through metamethods; the loop goes on
local function overflow() return 1 + overflow() end
local caught = 0
for i = 1, 210 do
  local ok, m = pcall(function() if i % 100 == 0 then return overflow() end return i end)
  if not ok then caught = caught + 1 if caught == 1 then print((m:gsub("\n.*", ""))) end end
end
print(caught)
local t = setmetatable({}, {})
getmetatable(t).__index = function(x, k) return x[k + 1] end
print(pcall(function() for i = 1, 300 do if i == 250 then local _ = t[1] end end end) == false)
local co = coroutine.wrap(function() local a = 0 for i = 1, 300 do a = a + depth(i * 10) if i % 100 == 0 then coroutine.yield(a) end end return a end)
print(co(), co(), co(), co())
-- recursion with loops in each level, in both directions
local function tree(n) if n == 0 then return { 1 } end local r = {} for i = 1, 3 do r[i] = tree(n - 1) end return r end
local function count(x) local k = 0 for i = 1, #x do local e = x[i] if type(e) == "table" then k = k + count(e) else k = k + e end end return k end
print(count(tree(6)))
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local f = 0
for i = 1, 18 do f = f + fib(i) end
print(f)
local function ack(m, n) if m == 0 then return n + 1 elseif n == 0 then return ack(m - 1, 1) end return ack(m - 1, ack(m, n - 1)) end
print(ack(2, 30))
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
local e = 0
for i = 1, 300 do if even(i) then e = e + 1 end end
print(e, even(100001))
