local base = setmetatable({}, { __index = function(t, k) return t end }) local d = setmetatable({}, { __index = base }) print(d.x == base, d.x == d)
