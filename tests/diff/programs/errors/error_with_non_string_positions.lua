print(pcall(error, 12)) print(pcall(error, 12, 1)) print(pcall(function() error(12) end)) print(pcall(function() error("12") end)) print(pcall(function() error(1.5, 1) end))
