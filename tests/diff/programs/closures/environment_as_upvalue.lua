local function f() return _ENV end print(f() == _G) local _ENV = { print = print } print(x, pcall == nil) x = 5 print(x) local function g() y = 1 return y end print(g(), _ENV.y)
