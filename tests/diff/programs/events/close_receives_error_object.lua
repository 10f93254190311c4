local e = {} print(pcall(function() local x <close> = setmetatable({}, { __close = function(_, err) print(err == e) end }) error(e) end))
