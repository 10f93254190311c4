getmetatable("").__add = nil print(pcall(function() return "1" + 1 end)) print(pcall(function() return "x" + 1 end)) local a = "5" print(pcall(function() return 1 + a end)) print("3" | 0)
