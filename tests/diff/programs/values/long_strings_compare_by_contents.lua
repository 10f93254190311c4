local a = ("x"):rep(100) local b = ("x"):rep(50) .. ("x"):rep(50) print(a == b, rawequal(a, b), ({ [a] = 1 })[b], a < b, a <= b)
