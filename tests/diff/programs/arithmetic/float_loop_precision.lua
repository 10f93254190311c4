local s = 0 for i = 1, 10 do s = s + 0.1 end print(s, s == 1, 1 - s) print(string.format("%.17g", s), 1e16 + 1, 2 ^ 53 + 1.0)
