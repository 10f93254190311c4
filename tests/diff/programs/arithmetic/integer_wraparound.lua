local max, min = math.maxinteger, math.mininteger
print(max + 1 == min, min - 1 == max, max * 2, min * -1, -min, min // -1, min % -1, max * max, min * min, max + 1.0, -max - 2)
