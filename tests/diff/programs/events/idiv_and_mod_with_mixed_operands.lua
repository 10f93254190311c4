local o = setmetatable({}, { __idiv = function(a, b) return "idiv" end, __mod = function(a, b) return "mod" end }) print(o // 0, 0 // o, o % 0, "a" % o, nil == o, pcall(function() return {} % 2 end))
