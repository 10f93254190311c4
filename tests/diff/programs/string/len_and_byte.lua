print(string.len("a\0b"), ("abc"):byte(), ("abc"):byte(2), ("abc"):byte(-1), ("abc"):byte(10), ("abc"):byte(1, -1), ("abc"):byte(0), ("abc"):byte(3, 2), (""):byte(), ("abc"):byte(-100, 100))
print(pcall(string.byte)) print(pcall(string.byte, {})) print(pcall(string.byte, "a", "x")) print(pcall(string.len)) print(pcall(string.byte, "a", 1.5)) print(string.byte(123, "2"))
