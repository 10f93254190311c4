local o = setmetatable({}, { __call = function(self, ...) return select("#", ...), ... end }) print(o(nil, nil), (o(1, 2, 3))) print(pcall(o, table.unpack({}, 1, 50)))
