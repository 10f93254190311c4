-- calls: deep recursion
local function ack(m, n)
  if m == 0 then return n + 1 end
  if n == 0 then return ack(m - 1, 1) end
  return ack(m - 1, ack(m, n - 1))
end
local r
for _ = 1, tonumber(arg[1]) or 6 do r = ack(3, 9) end
print(r)
