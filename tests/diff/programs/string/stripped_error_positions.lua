local f = load(string.dump(load("local x = nil; x.y = 1", "=chunk"), true)) print(pcall(f)) print(debug.getinfo(f, "S").short_src, debug.getinfo(f, "S").source, debug.getinfo(f, "l").currentline)
for k in pairs(debug.getinfo(f, "L").activelines or {}) do print(k) end print(debug.traceback("x"))
local g = load(string.dump(load("local function inner() error('boom') end inner()", "=chunk"), true)) print(pcall(g))
