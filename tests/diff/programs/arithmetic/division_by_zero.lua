print(1 / 0, -1 / 0, 1 // 0.0, -1 // 0.0, 1.0 % math.huge, -1 % math.huge, 0.0 / 0 ~= 0.0 / 0, 1 / -0.0)
local z = 0 print(pcall(function() return 1 // z end)) print(pcall(function() return 1 % z end)) print(tostring(1 % 0.0):gsub("^%-", ""))
