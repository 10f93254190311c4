for i = 1, 5 do setmetatable({}, { __gc = function() io.write("gc", i, " ") end }) end collectgarbage() print()
