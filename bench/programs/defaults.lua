-- metamethods: tables with defaults, comparison, calls
local Ordered = { __lt = function(a, b) return a.key < b.key end, __le = function(a, b) return a.key <= b.key end }
local list = {}
for i = 1, 3000 do list[i] = setmetatable({ key = i * 7919 % 3001 }, Ordered) end
local memo = setmetatable({}, { __index = function(t, k) local v = k * k t[k] = v return v end })
local apply = setmetatable({}, { __call = function(_, f, x) return f(x) + 1 end })
local sum = 0
for r = 1, tonumber(arg[1]) or 352 do
  local copy = table.move(list, 1, #list, 1, {})
  table.sort(copy, function(a, b) return a < b end)
  for i = 1, #copy do
    sum = sum + memo[copy[i].key % 1000] + apply(math.abs, i)
    if i > 1 and copy[i - 1] <= copy[i] then sum = sum + 1 end
  end
end
print(sum)
