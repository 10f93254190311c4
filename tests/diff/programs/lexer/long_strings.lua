print([[
first newline dropped]], [==[a]]b]=]c]==], [[a
b]], #[[

x]], [=[]]]=])
print(load("return [[a\r\nb\n\rc\rd]]")():byte(1, -1))
