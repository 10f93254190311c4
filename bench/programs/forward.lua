-- varargs: wrappers that pass everything on
local calls = 0
local function traced(f) return function(...) calls = calls + 1 return f(...) end end
local function add(a, b, c) return a + b + (c or 0) end
local wrapped = traced(traced(add))
local function collect(...) local t = table.pack(...) return table.unpack(t, 1, t.n) end
local s = 0
for i = 1, tonumber(arg[1]) or 2200000 do s = s + wrapped(i, 1) + wrapped(i, 2, 3) + select("#", collect(i, nil, 3)) end
print(s, calls)
