local mt = getmetatable("") mt.__newindex = function() end mt.__len = function() return 2 end print(pcall(table.concat, "abc", "-")) print(pcall(table.insert, "abc", 1))
