print(load("local caf\xC3\xA9 = 1"))
print(load("x = '\xC3\xA9' return x")())
