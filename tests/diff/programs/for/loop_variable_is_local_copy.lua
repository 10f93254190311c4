for i = 1, 3 do local j = i i = i * 10 io.write(j, ":", i, " ") end print() local i = "outer" for i = 1, 2 do end print(i) for i = i == "outer" and 1 or 5, 2 do io.write(i, " ") end print()
