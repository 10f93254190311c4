print(load("local x = 1\n(print)(x)")) local f = function(x) return function(y) return x end end local a = f
(1)
("y") print(a) print(load("x = f\n\n(1)")) print(load("return\n1")()) print(load("goto\nx ::x::") ~= nil)
