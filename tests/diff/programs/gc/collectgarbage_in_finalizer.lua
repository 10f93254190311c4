local n = 0 setmetatable({}, { __gc = function() n = n + 1 print(collectgarbage(), collectgarbage "count", collectgarbage "step") end }) collectgarbage() print(n)
