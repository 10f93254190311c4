local o = setmetatable({}, { __concat = function(a, b) return type(a) .. "&" .. type(b) end }) print(1 .. o, o .. 1.5, "s" .. 1 .. o, o .. "a" .. "b")
