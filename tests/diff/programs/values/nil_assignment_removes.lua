local t = { 1, 2, 3, x = 1 } t.x = nil t[2] = nil local n = 0 for _ in pairs(t) do n = n + 1 end print(n, t.x, t[2], rawlen(t) == 3 or rawlen(t) == 1)
