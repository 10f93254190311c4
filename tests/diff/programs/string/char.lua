print(string.char(), string.char(72, 105), string.char(0):byte(), #string.char(255, 0, 1))
print(pcall(string.char, 256)) print(pcall(string.char, -1)) print(pcall(string.char, "a")) print(pcall(string.char, 65, 1.5)) print(string.char("65", 66.0))
