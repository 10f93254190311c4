-- tables: a binary heap as priority queue
local function push(h, v)
  local i = #h + 1
  h[i] = v
  while i > 1 do
    local p = i // 2
    if h[p] <= h[i] then break end
    h[p], h[i] = h[i], h[p]
    i = p
  end
end
local function pop(h)
  local top, n = h[1], #h
  h[1] = h[n]
  h[n] = nil
  n = n - 1
  local i = 1
  while true do
    local c = i * 2
    if c > n then break end
    if c < n and h[c + 1] < h[c] then c = c + 1 end
    if h[i] <= h[c] then break end
    h[i], h[c] = h[c], h[i]
    i = c
  end
  return top
end
local seed, sum = 7, 0
for _ = 1, tonumber(arg[1]) or 48 do
  local h = {}
  for i = 1, 30000 do seed = (seed * 16807) % 2147483647 push(h, seed) end
  for i = 1, 30000 do sum = (sum + pop(h) * (i % 3)) % 1000000007 end
end
print(sum)
