print(("aBc1!\xe9"):upper(), ("aBc1!\xc9"):lower(), ("abc"):reverse(), (""):reverse(), ("a\0b"):reverse():byte(1, -1))
print(pcall(string.upper)) print(pcall(string.lower, nil)) print(pcall(string.reverse, {}))
