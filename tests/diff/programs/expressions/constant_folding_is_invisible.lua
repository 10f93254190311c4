print(3 + 4, 2 ^ 10, 7 // 2, 7 % -3, -7 // 2, 1 / 2, 5 // 0.0, -5 // 0.0, 0 / 0 ~= 0 / 0, 1 << 63, 1 << 64, "a" == "a", -0.0, 0.0)
print(pcall(load "return 1 // 0")) print(pcall(load "return 1 % 0")) print(pcall(load "return 1.5 & 1")) print(pcall(load "return 2^63 | 1"))
print(pcall(load "return 'a' + 1")) print(pcall(load "return -{}")) print(pcall(load "return ~1.5"))
