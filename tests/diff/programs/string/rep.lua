print(("ab"):rep(3), ("ab"):rep(3, ","), ("ab"):rep(0), ("ab"):rep(-1), ("ab"):rep(1, ","), (""):rep(100000), ("x"):rep(2, "\0"):byte(1, -1), #("abc"):rep(1000, "--"))
print(pcall(string.rep, "x")) print(pcall(string.rep, "x", 1 << 63 - 1)) print(pcall(string.rep, "abc", math.maxinteger)) print(pcall(string.rep, "", math.maxinteger, "ab")) print(pcall(string.rep, "x", 2.5))
