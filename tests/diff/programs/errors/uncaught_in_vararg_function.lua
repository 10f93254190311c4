local function f(...) local a, b = ... return a + b end
f(1, nil, 3)
