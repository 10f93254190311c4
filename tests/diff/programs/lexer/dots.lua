print(load("return a...")) print(load("return ....")) print(load("return 1 .. 2")()) print(load("return 1..2")) print(select("#", (...)))
print(load("return .")) print(load("a.1 = 1"))
