local a = 1 do local a = 2 do local a = 3 end print(a) end print(a) do b = 5 end print(b)
