local function f(n, v) io.write(n, " ") return v end
print(f(1, true) and f(2, false) or f(3, 3))
print(f(1, nil) or f(2, false) and f(3, 3))
print((f(1, false) or f(2, nil)) == nil, not (f(1, 1) and f(2, nil)))
local x = f(1, nil) and 1 or f(2, nil) or f(3, "last") print(x)
