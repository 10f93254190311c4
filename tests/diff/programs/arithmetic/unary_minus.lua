print(-0, -0.0, - -1, -math.mininteger == math.mininteger, -math.huge, -(0 / 0) ~= 0, -"3", -"3.5", 0 - 0.0, -0.0 + 0)
