-- garbage: many small tables
local function bottom_up(depth)
  if depth == 0 then return {} end
  return { bottom_up(depth - 1), bottom_up(depth - 1) }
end
local function check(t) if t[1] then return 1 + check(t[1]) + check(t[2]) end return 1 end
local n = tonumber(arg[1]) or 16
local long = bottom_up(n)
for depth = 4, n, 4 do
  local rounds = 1 << (n - depth + 4)
  local sum = 0
  for _ = 1, rounds do sum = sum + check(bottom_up(depth)) end
  print(rounds, depth, sum)
end
print(check(long))
