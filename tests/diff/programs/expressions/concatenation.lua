print(1 .. "", 1.0 .. "", -0.0 .. "", 2 ^ 63 .. "", "a" .. 1 .. 2.5, 1e15 .. "|" .. 1e100, ("x" .. "y"):upper(), 10 // 0.0 .. "")
print(pcall(function() return "a" .. {} end)) print(pcall(function() return nil .. "a" end)) print(pcall(function() return "a" .. true .. "b" end))
