-- tables: cellular automaton on arrays of arrays
local w, h = 96, 64
local grid = {}
for y = 1, h do grid[y] = {} for x = 1, w do grid[y][x] = (x * 7 + y * 13 + x * y) % 3 == 0 and 1 or 0 end end
local function step(g)
  local new = {}
  for y = 1, h do
    local up, row, down = g[(y - 2) % h + 1], g[y], g[y % h + 1]
    local out = {}
    for x = 1, w do
      local l, r = (x - 2) % w + 1, x % w + 1
      local n = up[l] + up[x] + up[r] + row[l] + row[r] + down[l] + down[x] + down[r]
      out[x] = (n == 3 or n == 2 and row[x] == 1) and 1 or 0
    end
    new[y] = out
  end
  return new
end
for _ = 1, tonumber(arg[1]) or 2400 do grid = step(grid) end
local alive = 0
for y = 1, h do for x = 1, w do alive = alive + grid[y][x] end end
print(alive)
