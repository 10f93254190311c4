-- What leaves functions that call themselves: errors, yields, hooks, debuggers, the collector.

-- depth, up to the limit
do
  local function sum(n) if n == 0 then return 0 end return n + sum(n - 1) end
  for i = 1, 200 do assert(sum(50) == 1275) end
  print(sum(10000), sum(150000))
  print(pcall(function() local function f(n) return 1 + f(n + 1) end return f(1) end))
  local function inf(n) return 1 + inf(n + 1) end
  for i = 1, 3 do print(select(2, pcall(inf, 1)):sub(1, 60)) end
end

-- errors deep inside
do
  local function fail(n) if n == 0 then error("deep " .. n) end return fail(n - 1) + 1 end
  for i = 1, 300 do local ok, e = pcall(fail, 20) assert(not ok and e:find("deep 0"), e) end
  print(select(2, pcall(fail, 5)))
end

-- yields
do
  local function gen(n) if n == 0 then coroutine.yield(0) return 0 end return gen(n - 1) + n end
  for i = 1, 200 do local co = coroutine.wrap(gen) assert(co(10) == 0) assert(co() == 55) end
  local function gen2(n) if n == 0 then return 0 end if n % 7 == 3 then coroutine.yield(n) end return gen2(n - 1) + n end
  local acc = 0
  for i = 1, 100 do local co = coroutine.wrap(gen2) local v = co(30) while v ~= 465 do acc = acc + v v = co() end end
  print(acc)
end

-- traceback and getinfo in the middle
do
  local function depth(n) if n == 0 then local d = 0 while debug.getinfo(d + 1, "f") do d = d + 1 end return d end return (depth(n - 1)) end
  local base = depth(0)
  for i = 1, 300 do assert(depth(20) == base + 20) end
  local function tb(n) if n == 0 then return debug.traceback("tb"):match("^(.-in main chunk)") end local r = tb(n - 1) return r end
  for i = 1, 200 do tb(3) end
  print(tb(3))
end

-- setlocal on a compiled frame
do
  local function sl(n, v) if n == 0 then debug.setlocal(3, 2, "changed") return 0 end local r = sl(n - 1, v) return v end
  for i = 1, 300 do local r = sl(5, "v") end
  local function sl2(n, v) if n == 0 then return 0 end local r = sl2(n - 1, v) if n == 2 then debug.setlocal(2, 2, "set") end return v end
  for i = 1, 300 do assert(sl2(3, "v") == "set" or i < 0, i) end
end

-- collection
do
  local function build(n) if n == 0 then return {} end return {build(n - 1), build(n - 1), tostring(n)} end
  local function count(t) if t[1] then return 1 + count(t[1]) + count(t[2]) end return 1 end
  for i = 1, 50 do assert(count(build(8)) == 511) end
  collectgarbage() print(collectgarbage("count") < 2000)
end

-- finalizers during recursion
do
  local fin = 0
  local function fz(n) if n == 0 then return 0 end setmetatable({}, {__gc = function() fin = fin + 1 end}) return fz(n - 1) + 1 end
  for i = 1, 200 do fz(20) end collectgarbage() print(fin)
end

-- hooks set inside
do
  local hits = 0
  local function hk(n) if n == 0 then debug.sethook(function() hits = hits + 1 end, "c") return 0 end local r = hk(n - 1) return r + 1 end
  for i = 1, 200 do assert(hk(10) == 10) debug.sethook() end
  print(hits > 0)
end

-- redefinition while running
do
  local redefined = 0
  function global(n) if n == 0 then return 0 end return 1 + global(n - 1) end
  local old = global
  for i = 1, 300 do if i == 200 then global = function(n) redefined = redefined + 1 return 100 end end old(10) end
  print(old(10), redefined)
end
