local t = table.pack() print(t.n, #t) t = table.pack(1, nil, 3, nil) print(t.n, t[1], t[2], t[3], t[4]) print(table.pack(table.unpack({}, 1, 5)).n)
