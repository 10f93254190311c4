local f = load(string.dump(load([[local function inner() print(debug.traceback("stripped")) end
local function outer() inner() end
outer()
return function() error("boom") end]], "=src"), true)) local g = f() print(xpcall(g, debug.traceback))
