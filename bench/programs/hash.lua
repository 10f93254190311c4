-- tables: string keys, traversal, deletion
local words, counts = {}, {}
for i = 1, 5000 do words[i] = "word" .. (i * 7919 % 5003) end
local n = tonumber(arg[1]) or 7200
for _ = 1, n do
  for i = 1, #words do
    local w = words[i]
    counts[w] = (counts[w] or 0) + 1
  end
end
local sum = 0
for _ = 1, n // 4 do for _, c in pairs(counts) do sum = sum + c end end
for k in pairs(counts) do counts[k] = nil end
print(sum, next(counts))
