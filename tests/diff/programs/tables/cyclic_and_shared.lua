local a = {} a.self = a print(a.self.self == a) local s = {} local t = { s, s } s.x = 1 print(t[1].x, t[2].x, t[1] == t[2]) local k = {} local u = { [k] = "by identity" } print(u[k], u[{}])
