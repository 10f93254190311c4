local o = setmetatable({}, { __lt = function() return 0 end, __le = function() return nil end }) print(o < 1, o <= 1, o > 1, o >= 1, not (o < o))
