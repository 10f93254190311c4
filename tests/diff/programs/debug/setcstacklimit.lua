print(debug.setcstacklimit and debug.setcstacklimit(1000)) print(pcall(debug.setcstacklimit or error))
