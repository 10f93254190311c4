local i, j = 0, 10 while i < 5 and j > 5 or i == 0 do i = i + 1 j = j - 1 end print(i, j) while not (i == 0) do i = i - 1 end print(i)
