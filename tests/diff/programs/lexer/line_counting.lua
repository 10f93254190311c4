print(load("\n\n\n@")) print(load("\r\n\r\n@")) print(load("\n\r\n\r@")) print(load("\r\r@"))
print(load("x = [[\n\n]]\n@")) print(load("x = 'a\\\n\\\nb'\n@")) print(load("--[[\n\n\n]]@"))
