local n = 0 local function make() n = n + 1 if n < 5 then local k = n G = setmetatable({}, { __gc = function() print("gc", k) make() end }) end end make()
