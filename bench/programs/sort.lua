-- tables: sorting, insertion, removal
local n = tonumber(arg[1]) or 700000
local seed = 42
local function random() seed = (seed * 1103515245 + 12345) % 2147483648 return seed end
local t = {}
for i = 1, n do t[i] = random() end
table.sort(t)
local u = {}
for i = 1, n do u[i] = t[(i * 7919) % n + 1] end
table.sort(u, function(a, b) return a > b end)
local q = {}
for i = 1, n do table.insert(q, u[i]) end
local s = 0
while #q > 0 do s = (s * 31 + table.remove(q)) % 1000003 end
print(t[1], u[1], s)
