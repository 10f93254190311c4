print(2 + 3 * 4 ^ 2 / 2, -2 ^ 2, not nil == true, 1 .. 2 .. 3, 2 ^ 3 ^ 2, 1 + 2 < 4, "a" .. "b" == "ab")
print(1 << 2 + 1, 5 & 3 | 8, 5 ~ 3 & 1, -3 // 2, -(3 // 2), - -3, not not nil, #"abc" + 1, -"2" + 0, 2 ^ -1)
print(1 or error(), nil and error(), false or nil, 1 and 2, nil or false, 1 < 2 and "y" or "n", 3 | 1 << 2)
