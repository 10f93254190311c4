local mt = setmetatable({}, { __index = function(_, k) return "up:" .. tostring(k) end }) local function f() return mt.a, mt[1], mt[2.5], mt[true] end print(f())
