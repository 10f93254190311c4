local t = setmetatable({}, { __eq = function() error "called" end }) print(t == t, rawequal(t, t), pcall(function() return t == setmetatable({}, getmetatable(t)) end))
