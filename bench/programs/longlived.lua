-- garbage: a large structure that stays while small ones come and go
local big = {}
for i = 1, 200000 do big[i] = { id = i, name = "n" .. i } end
local sum = 0
for i = 1, tonumber(arg[1]) or 3000000 do
  local t = { i, i + 1 }
  sum = sum + t[2] - t[1]
  if i % 100 == 0 then big[i % 200000 + 1] = { id = i, name = "x" } end
end
print(sum, #big)
