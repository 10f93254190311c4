local t = setmetatable({}, { __add = function(a, b) local x = nil; return x.y end, __index = function(t, k) error("no field " .. k) end })
print(pcall(function() return t.foo end))
print(t + 1)
