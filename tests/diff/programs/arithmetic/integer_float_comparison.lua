local max, min = math.maxinteger, math.mininteger
print(max < max + 0.0, max <= max + 0.0, max == max + 0.0, max + 0.0 > max, min == min + 0.0, min < min + 0.0, 2 ^ 53 == (1 << 53), (1 << 53) + 1 == 2 ^ 53, (1 << 53) + 1 > 2 ^ 53)
print(1 < 1.5, 1 <= 1.0, 2 > 1.5, -1 > -1.5, 1 < math.huge, max < math.huge, min > -math.huge, 1 < 0 / 0, 1 > 0 / 0, 1 == 0 / 0, 0 / 0 ~= 1, 0 / 0 < max)
print(max > 2 ^ 63, max < 2 ^ 63, min < -2 ^ 63, min <= -2 ^ 63, min >= -2 ^ 63 - 1025, 0 == -0.0, 0 < -0.0)
