print(("abcdef"):byte(2, 4)) print(("abcdef"):byte(-2, -1)) print(("abcdef"):byte(10, 20)) print(("abcdef"):byte(0, 2)) print(("abcdef"):byte(-100, 1))
