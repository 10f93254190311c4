-- numeric: integers, shifts and masks
local x, h = 0x9E3779B97F4A7C15, 0
for i = 1, tonumber(arg[1]) or 40000000 do
  x = x ~ (x << 13)
  x = x ~ (x >> 7)
  x = x ~ (x << 17)
  h = (h + (x & 0xFF) * i) % 1000003 + (i // 3)
end
print(h)
