-- Functions that call themselves: depth, results, arguments, closures.

-- depth, up to the limit
do
  local function sum(n) if n == 0 then return 0 end return n + sum(n - 1) end
  for i = 1, 200 do assert(sum(50) == 1275) end
  print(sum(10000), sum(150000))
  print(pcall(function() local function f(n) return 1 + f(n + 1) end return f(1) end))
  local function inf(n) return 1 + inf(n + 1) end
  for i = 1, 3 do print(select(2, pcall(inf, 1)):sub(1, 60)) end
end

-- types that change
do
  local function walk(t) if type(t) ~= "table" then return t end local s = 0 for i = 1, #t do s = s + walk(t[i]) end return s end
  local tree = {1, {2, 3, {4, 5.5}}, {6, {7, {8}}}, "9"}
  for i = 1, 300 do assert(walk(tree) == 45.5) end
  print(walk(tree))
end

-- mutual recursion
do
  local even, odd
  function even(n) if n == 0 then return true end return odd(n - 1) end
  function odd(n) if n == 0 then return false end return even(n - 1) end
  for i = 1, 300 do assert(even(i) == (i % 2 == 0)) end
  print(even(100001), odd(100001))
  local e2, o2
  function e2(n) if n == 0 then return true end local r = o2(n - 1) return r end
  function o2(n) if n == 0 then return false end local r = e2(n - 1) return r end
  for i = 1, 300 do assert(e2(i) == (i % 2 == 0)) end
  print(e2(1001), o2(1001))
end

-- open results and arguments
do
  local function many(n) if n == 0 then return 1, 2, 3 end return n, many(n - 1) end
  for i = 1, 300 do assert(select('#', many(10)) == 13) end
  print(many(10))
  local function cat(n) if n == 0 then return "x" end return table.concat({n, cat(n - 1)}, ",") end
  for i = 1, 200 do cat(10) end
  print(cat(12))
  local function ack(m, n) if m == 0 then return n + 1 end if n == 0 then return ack(m - 1, 1) end return ack(m - 1, ack(m, n - 1)) end
  print(ack(2, 300), ack(3, 5))
end

-- varying numbers of arguments and results
do
  local function args(n, a, b) if n == 0 then return a, b end if n % 2 == 0 then return args(n - 1, n) else local x, y, z = args(n - 1, n, a) return x, y, z end end
  for i = 1, 300 do args(9, 1) end
  print(args(9, 1), args(4))
end

-- closures that capture
do
  local function cl(n) local x = n local function get() return x end if n == 0 then return get() end local r = cl(n - 1) x = x + r return get() end
  for i = 1, 300 do assert(cl(10) == 55) end
  print(cl(20))
end

-- metamethods that recurse
do
  local mt = {} mt.__add = function(a, b) if type(b) == "number" then if b == 0 then return 0 end return a + (b - 1) end return 1 end
  local obj = setmetatable({}, mt)
  for i = 1, 200 do assert(obj + 10 == 0) end
  mt.__index = function(t, k) if k == 0 then return "end" end return t[k - 1] end
  for i = 1, 200 do assert(obj[20] == "end") end
  print(pcall(function() return obj[1000] end))
end
