local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end print(fact(20)) local fib fib = function(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end print(fib(20))
local ok = pcall(load "local f = function(n) return f(n) end f(1)") print(ok)
