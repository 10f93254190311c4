-- calls: recursion over upvalues and tables
local moves, pegs = 0, { {}, {}, {} }
local function move(n, from, to, via)
  if n == 0 then return end
  move(n - 1, from, via, to)
  local a, b = pegs[from], pegs[to]
  b[#b + 1] = a[#a]
  a[#a] = nil
  moves = moves + 1
  move(n - 1, via, to, from)
end
local n = tonumber(arg[1]) or 23
for i = n, 1, -1 do pegs[1][#pegs[1] + 1] = i end
move(n, 1, 3, 2)
print(moves, #pegs[3])
