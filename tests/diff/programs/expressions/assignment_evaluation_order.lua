local log = {}
local mt = { __newindex = function(_, k, v) log[#log + 1] = k .. "=" .. tostring(v) end }
local t = setmetatable({}, mt)
t.a, t.b, t.c = 1, 2, 3 print(table.concat(log, " "))
local i, a = 1, {} i, a[i] = i + 1, 20 print(i, a[1], a[2])
local x, y, z = 1, 2, 3 x, y, z = y, z, x print(x, y, z)
local p, q = (function() return 1, 2, 3 end)() print(p, q) local r, s = 1 print(r, s)
