-- coroutines: producer, filters, consumer
local function producer(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
local function transform(f, source) return coroutine.wrap(function() for v in source do coroutine.yield(f(v)) end end) end
local sum = 0
for v in transform(function(x) return x + 1 end, transform(function(x) return x * 2 end, producer(tonumber(arg[1]) or 3300000))) do sum = sum + v end
print(sum)
