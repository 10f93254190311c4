local x = 1 local function f() return x end local u = debug.upvalueid(f, 1)
print(pcall(string.rep, u)) print(type(u), pcall(math.floor, u)) print(pcall(function() return u + 1 end)) print(pcall(function() return u.x end)) print(u == debug.upvalueid(f, 1))
