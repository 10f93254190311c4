-- tables: an array of booleans
local n, rounds = 2000000, tonumber(arg[1]) or 10
local count
for _ = 1, rounds do
  local flags = {}
  for i = 2, n do flags[i] = true end
  count = 0
  for i = 2, n do
    if flags[i] then
      count = count + 1
      for j = i * i, n, i do flags[j] = false end
    end
  end
end
print(count)
