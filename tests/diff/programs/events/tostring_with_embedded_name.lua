local t = setmetatable({}, { __name = "a\0b" }) print((tostring(t):gsub("0x%x+", ""))) print(pcall(function() return t + 1 end))
