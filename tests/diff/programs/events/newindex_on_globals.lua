setmetatable(_G, { __newindex = function(t, k, v) rawset(t, k, tostring(v) .. "!") end }) a = 1 b = "x" a = 2 print(a, b)
