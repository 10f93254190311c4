local t = {} for i = 1, 5 do t[i + 0.0] = i end print(#t, t[3], next(t)) t[2 ^ 63] = "big" print(t[2 ^ 63], t[math.mininteger])
