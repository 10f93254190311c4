print(..., select("#", ...), arg[0], #arg) print(load("return ...")(1, 2)) print(load("local a, b = ... return b, a")(1, 2))
