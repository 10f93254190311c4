local n = os.tmpname() local t = {} for i = 1, 251 do t[i] = 1 end print(pcall(io.lines, n, table.unpack(t))) t[251] = nil print(pcall(io.lines, n, table.unpack(t))) os.remove(n)
