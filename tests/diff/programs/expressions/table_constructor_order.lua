local log = {}
local function v(x) log[#log + 1] = tostring(x) return x end
local t = { v(1), [v("k")] = v("kv"), v(2), x = v("xv"), v(3) }
print(table.concat(log, " "), #t, t.k, t.x)
local u = { [1] = "a", "b" } print(u[1]) local w = { "b", [1] = "a" } print(w[1])
