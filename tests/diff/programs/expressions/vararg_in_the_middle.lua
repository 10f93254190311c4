local function f(...) return select("#", ...), ... end
print((f(1, nil, nil))) print(f()) print(f(nil), f(1, 2)) local t = { f(7, 8), f(9) } print(#t)
