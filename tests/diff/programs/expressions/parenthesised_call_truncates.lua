local function f(...) return ... end
print(#{ f(1, 2, 3), f(1, 2) }, #{ f(1, 2), nil }, (f()), f(), select("#", f(), f()), select("#", (f())))
print(load("local t = {}.x")) print(("x"):rep(3), ({ 1, 2 })[2], (function() return 7 end)())
