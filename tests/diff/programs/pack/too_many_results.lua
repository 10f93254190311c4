print(pcall(string.unpack, ("b"):rep(2000000), ("x"):rep(2000000)))
