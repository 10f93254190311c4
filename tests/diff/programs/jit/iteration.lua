-- pairs, next and ipairs in hot loops, with changes during the traversal, holes, metamethods and iterators of all kinds.
local function sorted(t) local r = {} for k, v in pairs(t) do r[#r + 1] = tostring(k) .. "=" .. tostring(v) end table.sort(r) return table.concat(r, " ") end
local t = {}
for i = 1, 300 do t[i] = i t["k" .. i] = i end
local n, s = 0, 0
for k, v in pairs(t) do n = n + 1 s = s + v if type(k) == "string" then t[k] = nil else t[k] = v + 0.5 end end
print(n, s, #t, t[300], t.k5)
for k in pairs(t) do t[k] = nil end
print(next(t))
for i = 1, 300 do t[i] = i end
for k, v in next, t do if v % 2 == 0 then t[k] = nil end end
local c = 0
for _ in pairs(t) do c = c + 1 end
print(c)
-- an invalid key in the middle
print(pcall(function() local u = {} for i = 1, 300 do u["x" .. i] = i end local k for i = 1, 250 do k = next(u, i == 200 and "absent" or k) end end))
-- next called directly
local count, key = 0, nil
repeat local v key, v = next(t, key) if key then count = count + v end until key == nil
print(count)
-- ipairs with holes, growing and shrinking
local h = {}
for i = 1, 300 do h[i] = i end
h[250] = nil
local last = 0
for i in ipairs(h) do last = i end
print(last)
for i, v in ipairs(h) do if i == 200 then h[201] = nil end last = i end
print(last)
local g = { 1 }
for i in ipairs(g) do if i < 500 then g[i + 1] = i end last = i end
print(last, #g)
-- values of changing types
local kinds = {}
local mixed = {}
for i = 1, 300 do mixed[i] = i % 50 == 0 and "s" or i % 51 == 0 and 1.5 or i end
for i, v in ipairs(mixed) do local k = math.type(v) or type(v) kinds[k] = (kinds[k] or 0) + i end
print(sorted(kinds))
-- __index for ipairs, __pairs
local proxy = setmetatable({}, { __index = function(_, i) if i <= 300 then return i * 2 end end, __pairs = function() local i = 0 return function() i = i + 1 if i <= 300 then return i, i end end end })
local a, b = 0, 0
for _, v in ipairs(proxy) do a = a + v end
for _, v in pairs(proxy) do b = b + v end
print(a, b)
local chained = setmetatable({}, { __index = h })
a = 0
for _, v in ipairs(chained) do a = a + v end
print(a)
-- the table gets a metatable on the way
local late = {}
for i = 1, 300 do late[i] = i end
a = 0
for i, v in ipairs(late) do if i == 280 then setmetatable(late, { __index = function(_, k) if k < 350 then return 1000 end end }) end a = a + v end
print(a)
-- iterators: closures, stateless functions, C functions, callable tables; exchanged from entry to entry
local function range(m) local i = 0 return function() i = i + 1 if i <= m then return i end end end
local function stateless(m, i) if i < m then return i + 1, i end end
local total = 0
for r = 1, 120 do
  for i in range(5) do total = total + i end
  for i, j in stateless, 5, 0 do total = total + j end
  for w in ("a bb ccc"):gmatch "%a+" do total = total + #w end
  for i in setmetatable({}, { __call = function(_, m, i) i = (i or 0) + 1 if i <= 3 then return i end end }), 3 do total = total + i end
  for i in (r % 2 == 0 and range(3) or coroutine.wrap(function() for j = 1, 3 do coroutine.yield(j) end end)) do total = total + i end
  for k, v in (r % 3 == 0 and next or ipairs {}), { 1, 2, 3 }, r % 3 ~= 0 and 0 or nil do total = total + v end
  for _, v in (r % 5 == 0 and pairs or ipairs)({ 1, r > 60 and 2.5 or 2, 3 }) do total = total + v end
end
print(total)
-- the control variable may be assigned, and captured
local fs = {}
for i, v in ipairs { 5, 6, 7 } do fs[i] = function() v = v + 1 return i, v end end
for i = 1, 300 do fs[i % 3 + 1]() end
print(fs[1](), fs[2](), fs[3]())
-- a fourth value is closed, also after break
local closed = 0
for i = 1, 300 do for j in range(3), nil, nil, setmetatable({}, { __close = function() closed = closed + 1 end }) do if i % 2 == 0 then break end end end
print(closed)
-- nested pairs over one table, of tables of tables
local tt = {}
for i = 1, 15 do tt[i] = {} for j = 1, 10 do tt[i]["f" .. j] = i * j end end
local z = 0
for _, row in pairs(tt) do for k, v in pairs(row) do if k ~= "f3" then z = z + v end end end
for k in pairs(tt[1]) do for k2 in pairs(tt[1]) do if k < k2 then z = z + 1 end end end
print(z)
-- a collection during the traversal; keys removed are dead
local d = {}
for i = 1, 400 do d[{}] = i d["s" .. i] = i end
local seen = 0
for k, v in pairs(d) do d[k] = nil seen = seen + v if v % 100 == 0 then collectgarbage() end end
print(seen, next(d))
