-- tables and calls: backtracking
local n = tonumber(arg[1]) or 12
local count = 0
local cols, up, down = {}, {}, {}
local function place(row)
  if row > n then count = count + 1 return end
  for c = 1, n do
    local u, d = row + c, row - c + n
    if not cols[c] and not up[u] and not down[d] then
      cols[c], up[u], down[d] = true, true, true
      place(row + 1)
      cols[c], up[u], down[d] = nil, nil, nil
    end
  end
end
place(1)
print(count)
