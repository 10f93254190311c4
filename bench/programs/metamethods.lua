-- metamethods: arithmetic, indexing, calls
local V = {}
V.__index = function(t, k) return rawget(t, 1) + #k end
V.__add = function(a, b) return setmetatable({ a[1] + b[1] }, V) end
V.__eq = function(a, b) return a[1] == b[1] end
V.__lt = function(a, b) return a[1] < b[1] end
V.__len = function(a) return a[1] end
V.__call = function(self, x) return self[1] + x end
local one, acc = setmetatable({ 1 }, V), setmetatable({ 0 }, V)
local n = 0
for i = 1, tonumber(arg[1]) or 4000000 do
  acc = acc + one
  if one < acc then n = n + 1 end
  if one == acc then n = n + 1 end
  n = n + #one + acc(i) % 3 + one.field
end
print(n, acc[1])
