local function nest(n) if n == 0 then return "bottom" end return coroutine.wrap(function() return nest(n - 1) end)() end print(nest(50)) print(nest(150)) local ok, m = pcall(nest, 250) print(ok, m)
