local min = math.mininteger
print(min // 1, min // -1, min % 1, min % -1, min // 2, min // min, min % min, math.tointeger(min / 1), min // 1.0, min % 2.0)
