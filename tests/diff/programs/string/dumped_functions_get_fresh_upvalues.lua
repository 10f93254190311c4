local a, b = 1, 2 local f = load(string.dump(function() return a, b end)) print(pcall(f)) debug.setupvalue(f, 1, "A") debug.setupvalue(f, 2, "B") print(f())
print(debug.getupvalue(f, 1)) local g = load(string.dump(function() return a end, true)) print(debug.getupvalue(g, 1))
