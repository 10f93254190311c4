local a, b, c = 10, 2.5, "string longer than forty characters, so that it is not interned"
local t = setmetatable({}, { __index = function(_, k) return k end, __add = function() return 1 end, __lt = function() return true end })
x = a + 1 y = a * 100000 z = b ^ 2
local r = { a == 10, a < 5, a >= 3, b > 2, c == "other", t.field, t[1], t[300], t + 1, t < 1, a << 2, 3 >> a, a | 255, a // 3, a - 200 }
t.field = c
t[2] = b
t.n = nil
_G.global = function(...) return ..., r end
return _G.global(1, nil, true), r, ...
