local x = 1 local function f() return x end local g = string.gmatch("x", "x")
print(pcall(debug.upvaluejoin, g, 1, f, 1)) print(pcall(debug.upvaluejoin, f, 1, g, 1)) print(pcall(debug.upvaluejoin, f, 1, f, 9)) print(pcall(debug.upvaluejoin, 1, 1, f, 1))
