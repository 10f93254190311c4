local s = "" for i = 1, 100 do s = s .. i .. (i % 10 == 0 and "\n" or " ") end io.write(s) print(#s)
