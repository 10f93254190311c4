print(load("# comment\nprint 1"))
print(load("#x"))
