local s = ("x"):rep(1 << 20) print(pcall(table.concat, { s, s }, ",", 1, 2)) collectgarbage()
