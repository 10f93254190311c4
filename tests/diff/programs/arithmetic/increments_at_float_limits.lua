print(2 ^ 1023 * 2, -2 ^ 1023 * 2, 2 ^ -1074, 2 ^ -1075, 4.9e-324 / 2, math.huge - math.huge ~= 0, 1e308 + 1e308, math.huge // 1, -math.huge % 2 ~= 0, 5 // math.huge, -5 // math.huge)
