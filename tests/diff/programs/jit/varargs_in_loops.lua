-- Vararg functions called with different numbers of arguments from hot loops; select, table.pack and unpack.
local function count(...) return select("#", ...) end
local function first(...) return (...) end
local function sum(...) local s = 0 for i = 1, select("#", ...) do s = s + (select(i, ...) or 0) end return s end
local function packed(...) local t = { ... } return #t end
local function pass(...) return ... end
local function named(a, b, ...) return (a or 0) + (b or 0), ... end
local c, f, s, p = 0, 0, 0, 0
for i = 1, 600 do
  if i < 300 then c = c + count(i, i) f = f + first(i) s = s + sum(i, 1) p = p + packed(i, i, i)
  elseif i < 400 then c = c + count() f = f + (first() or 1) s = s + sum() p = p + packed()
  elseif i < 500 then c = c + count(1, nil, nil) f = f + first(0.5, 1) s = s + sum(1, nil, 2.5) p = p + packed(1, 2, 3, 4, 5)
  else c = c + count(pass(i, i, i)) f = f + first(pass(i)) s = s + sum(pass(1, 2, 3, 4)) p = p + packed(pass()) end
end
print(c, f, s, p)
local function each(...) local n = 0 for i, v in ipairs { ... } do n = n + i * v end return n end
local n = 0
for i = 1, 400 do if i % 3 == 0 then n = n + each(i, 1, 2) elseif i % 3 == 1 then n = n + each() else n = n + each(1, 2, 3, 4, 5, 6, 7) end end
print(n)
local u = { 1, 2, 3, 4, 5, 6, 7, 8 }
local total = 0
for i = 1, 400 do
  local a, b, d = table.unpack(u, 1, i % 9)
  total = total + (a or 0) + (b or 10) + (d or 100) + select("#", table.unpack(u, 1, i % 9)) + select(-1, table.unpack(u, 1, i % 8 + 1))
end
print(total)
local q = 0
for i = 1, 400 do
  local a, b, d, e = named(i, i % 2 == 0 and 1 or nil, i % 3 == 0 and 5 or nil)
  q = q + a + (b or 0) + (d or 0) + (e or 0)
  q = q + #{ named(1, 2, pass(3, 4, i)) } + #{ named(pass(1, 2, 3)), 1 } + select("#", named(), named())
end
print(q)
for _, bad in ipairs { 0, -5, "x", 1.5, {} } do
  print(pcall(function(...) local r for i = 1, 400 do r = select(i == 300 and bad or 1, ...) end return r end, 1, 2))
end
print(pcall(function() for i = 1, 400 do local r = select(i == 300 and "#" or 1, i, i) if i == 300 then return r end end end))
local pk = 0
for i = 1, 400 do local t = table.pack(pass(i, nil, i % 2 == 0 and i or nil)) pk = pk + t.n + #t * 0 end
print(pk)
-- the number of results changes
local function results(i) if i % 100 == 0 then return 1, 2, 3 elseif i % 100 == 50 then return end return i end
local r = 0
for i = 1, 400 do local a, b = results(i) r = r + (a or 7) + (b or 0) + select("#", results(i)) + #{ results(i), results(i) } end
print(r)
-- varargs of the function in which the loop runs
local function inside(...) local x = 0 for i = 1, 300 do local a, b = ... x = x + (a or 1) + (b or 2) + select("#", ...) end return x end
print(inside(), inside(1), inside(1, 2), inside(1.5, 2, 3), inside(nil, nil))
local function recursive(n, ...) if n == 0 then return select("#", ...) end return recursive(n - 1, n, ...) end
local rr = 0
for i = 1, 100 do rr = rr + recursive(i % 20) end
print(rr)
local function tailv(...) return count(...) end
local tv = 0
for i = 1, 400 do tv = tv + tailv(i, i) + tailv() + tailv(table.unpack(u)) end
print(tv)
for i = 1, 400 do math.max(table.unpack(u, 1, i % 8 + 1)) end
local mx = 0
for i = 1, 400 do mx = mx + math.max(i, 5) + math.max(i, 7.5, -i) + math.min(i % 9, 2) + math.max(table.unpack(u, 1, i % 8 + 1)) end
print(mx)
