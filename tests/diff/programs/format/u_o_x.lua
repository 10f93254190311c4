print(("%o|%x|%X|%#x|%#o|%08x|%-8x|%.5x|%#X"):format(8, 255, 255, 255, 8, 255, 255, 255, 255), ("%x"):format(-1), ("%o"):format(-1)) print(pcall(string.format, "%u", 1))
print(pcall(string.format, "%x", 1.5)) print(pcall(string.format, "%+x", 1)) print(pcall(string.format, "% x", 1))
