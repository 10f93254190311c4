local function a() local x = 1 return function() return function() x = x + 1 return function() return x end end end end
local b = a() print(b()()()) print(b()()())
