local function f() return 1, 2, 3 end local a, b, c, d = f() print(a, b, c, d) local e, g = f(), 10 print(e, g) local h, i, j = 0, f() print(h, i, j)
