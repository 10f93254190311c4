setmetatable(_G, { __index = function(_, n) error("undefined variable " .. n, 2) end, __newindex = function(_, n) error("assignment to undeclared " .. n, 2) end }) print(pcall(function() return undefinedvar end)) print(pcall(function() undefinedvar = 1 end)) rawset(_G, "declared", 5) print(declared)
undefinedagain()
