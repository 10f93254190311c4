-- tables: records and groups of records walked by pairs
local n = tonumber(arg[1]) or 7000
local names = { "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta" }
local groups = {}
for i = 1, 200 do
  local record = {}
  for j, name in pairs(names) do record[name .. i % 5] = i * j % 17 end
  groups["group" .. i] = record
end
local list = {}
for i = 1, 1000 do list[i] = i % 10 end
local total, highest = 0, {}
for round = 1, n do
  for name, record in pairs(groups) do
    local best = -1
    for field, value in pairs(record) do
      total = total + value
      if value > best then best = value end
    end
    highest[name] = best
  end
  for _, value in pairs(list) do total = total + value end
  for name in next, highest do total = total + #name end
end
print(total)
