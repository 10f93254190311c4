print(("%d|%5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%-8.3d|%+5d|%i"):format(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)) print(("%d %d"):format(3.0, "10"), ("%d"):format(math.mininteger), ("%.0d|%.20d"):format(0, 5), ("%d"):format("0x10"))
for _, v in ipairs { 1.5, "1.5", "x", 2 ^ 63, {}, 0 / 0 == 0 and 1 or 1e100 } do print(pcall(string.format, "%d", v)) end print(pcall(string.format, "%d"))
