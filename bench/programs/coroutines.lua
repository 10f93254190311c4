-- coroutines: generators and switches
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
local function filter(p, g) return coroutine.wrap(function() for x in g do if x % p ~= 0 then coroutine.yield(x) end end end) end
local sum = 0
for x in filter(5, filter(3, filter(2, gen(tonumber(arg[1]) or 4000000)))) do sum = sum + x end
for _ = 1, 100000 do sum = sum + select(2, coroutine.resume(coroutine.create(function(a) return a end), 1)) end
print(sum)
