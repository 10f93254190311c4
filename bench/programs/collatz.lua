-- numeric: integer division and parity
local best, length = 0, 0
for i = 1, tonumber(arg[1]) or 450000 do
  local n, steps = i, 0
  while n ~= 1 do
    if n % 2 == 0 then n = n // 2 else n = 3 * n + 1 end
    steps = steps + 1
  end
  if steps > length then best, length = i, steps end
end
print(best, length)
