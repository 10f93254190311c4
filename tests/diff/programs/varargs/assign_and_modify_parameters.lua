local function f(a, ...) a = a or "default" local b = ... b = b and b * 2 return a, b, ... end print(f()) print(f(nil, 5)) print(f(1, 2, 3))
