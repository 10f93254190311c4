-- varargs: passing on, select, table.pack
local function sum(...) local s = 0 for i = 1, select("#", ...) do s = s + (select(i, ...)) end return s end
local function pass(...) return ... end
local function count(...) local t = { ... } return #t end
local total = 0
for i = 1, tonumber(arg[1]) or 1500000 do
  total = total + sum(i, 2, 3, 4) + count(pass(1, 2, i)) + select("#", pass(table.unpack({ 1, 2, 3 })))
end
print(total)
