local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end end) end for a, b in gen(3) do io.write(a, ":", b, " ") end print()
