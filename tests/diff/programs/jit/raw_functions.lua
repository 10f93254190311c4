-- rawget and the like, getmetatable, table.unpack, table.remove and math.random, where they meet what they usually meet and
-- where not.

local loud = setmetatable({}, {
  __index = function() return "index" end,
  __newindex = function() error("newindex") end,
  __len = function() return 1000 end,
  __eq = function() return true end,
})
local function getting(t, keys)
  local found, absent = 0, 0
  for i = 1, 200 do
    local v = rawget(t, keys[i % #keys + 1])
    if v == nil then absent = absent + 1 else found = found + 1 end
  end
  return found, absent
end
print(getting({ 1, 2, 3, a = 1 }, { 1, 2, 3 }), getting({ 1, 2, 3, a = 1 }, { "a" }), getting(loud, { "a", 1 }))
print(getting({ 1, 2, 3, a = 1 }, { 1.0, 2.5, "a", "b", true, loud, -1, 0 / 0 }), getting({}, { 1 }))

local function setting(t, k, v, n)
  local same = 0
  for i = 1, 150 do
    if rawset(t, k(i), v(i)) == t then same = same + 1 end
    rawset(t, "count", i)
  end
  local keys = 0
  for _ in next, t do keys = keys + 1 end
  return same, keys, rawlen(t), rawget(t, "count")
end
local function id(i) return i end
print(setting({}, id, id), setting(setmetatable({}, getmetatable(loud)), id, id))
print(setting({}, function(i) return i / 1 end, id), setting({}, function(i) return i / 2 end, id))
print(setting({}, function(i) return "k" .. i % 9 end, function(i) return i % 3 ~= 0 and i or nil end))
print(setting({ 1, 2, 3 }, function(i) return i % 3 + 1 end, function(i) return i < 140 and { i } or nil end))
print(pcall(setting, {}, function(i) return i < 140 and i or nil end, id))
print(pcall(setting, {}, function(i) return i < 140 and i or 0 / 0 end, id))

local long = string.rep("long", 20)
local pairs_of = {
  { 1, 1 }, { 1, 2 }, { 1, 1.0 }, { 1.5, 1.5 }, { 0 / 0, 0 / 0 }, { "a", "a" }, { "a", "b" }, { long, string.rep("long", 20) },
  { long, long .. "x" }, { loud, loud }, { loud, setmetatable({}, getmetatable(loud)) }, { nil, false }, { true, true },
  { true, false }, { print, print }, { print, "print" }, { 1, "1" },
}
for n, p in ipairs(pairs_of) do
  local equal = 0
  for i = 1, 150 do if rawequal(p[1], p[2]) then equal = equal + 1 end end
  io.write(equal, n < #pairs_of and " " or "\n")
end
local late = 0
for i = 1, 200 do if rawequal(i < 150 and loud or i, loud) then late = late + 1 end end
for i = 1, 200 do if rawequal(i, i < 150 and i or i + 1) then late = late + 1 end end
print(late)

local function lengths(list)
  local sum = 0
  for i = 1, 200 do sum = sum + rawlen(list[i % #list + 1]) end
  return sum
end
print(lengths { loud }, lengths { { 1, 2, 3 }, "four", long }, lengths { {}, "" })
print(pcall(lengths, { {}, 5 }))

-- Metatables: none, one, many, hidden ones.
local A, B = {}, {}
local function class_of(list)
  local a, b, none, hidden = 0, 0, 0, 0
  for i = 1, 300 do
    local mt = getmetatable(list[i % #list + 1])
    if mt == A then a = a + 1 elseif mt == B then b = b + 1 elseif mt == nil then none = none + 1 else hidden = hidden + 1 end
  end
  return a, b, none, hidden
end
local a, b, plain = setmetatable({}, A), setmetatable({}, B), {}
local shut = setmetatable({}, { __metatable = "hidden" })
print(class_of { a })
print(class_of { a, b, plain })
print(class_of { shut, a })
print(class_of { "string", 1, a })
print(class_of { setmetatable({}, { __metatable = false }), setmetatable({}, {}) })
local changing, seen = setmetatable({}, A), 0
for i = 1, 300 do
  if i == 150 then setmetatable(changing, B) elseif i == 200 then B.__metatable = "hidden" elseif i == 250 then B.__metatable = nil end
  local mt = getmetatable(changing)
  seen = seen + (mt == A and 1 or mt == B and 1000 or mt == "hidden" and 1000000 or 0)
end
print(seen)

-- Unpacking.
local function sums(lists)
  local n, total = 0, 0
  local function count(...) n = n + select("#", ...) return ... end
  for i = 1, 300 do
    local t = lists[i % #lists + 1]
    local x, y, z = table.unpack(t)
    local u, v = table.unpack(t, 2)
    local w = table.unpack(t, 2, 3)
    local only = (table.unpack(t))
    total = total + (x or 1) + (y or 10) + (z or 100) + (u or 1000) + (v or 10000) + (w or 100000) + (only or 1000000)
    count(table.unpack(t))
    count(i, table.unpack(t, 1, 4))
    local copy = { table.unpack(t) }
    n = n + #copy * 1000
  end
  return n, total
end
print(sums { { 1, 2, 3 } })
print(sums { { 1, 2, 3 }, { 4, 5 }, {} })
print(sums { { 1, nil, 3, nil }, { n = 1 } })
print(sums { setmetatable({ 1 }, { __index = function(_, k) return k * 2 end, __len = function() return 3 end }), { 1 } })
print(sums { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 } })
local spread = 0
for i = 1, 200 do
  for _, v in ipairs { table.unpack({ 10, 20, 30, 40, 50 }, i % 3 + 1, i % 5 + 1) } do spread = spread + v end
  spread = spread + select("#", table.unpack({}, 1, i % 4)) + select("#", table.unpack({ 1 }, 5, 1))
end
print(spread)
print(pcall(function() for i = 1, 200 do local x = table.unpack({}, 1, i < 150 and 2 or 1e8) end end))
print(pcall(function() for i = 1, 200 do local x = table.unpack({}, math.mininteger, i < 150 and math.mininteger or math.maxinteger) end end))
print(pcall(function() for i = 1, 200 do local x = table.unpack(i < 150 and {} or nil) end end))

-- Stacks.
local function stack(t, n)
  local sum = 0
  for i = 1, n do
    t[#t + 1] = i
    table.insert(t, i * 2)
    sum = sum + table.remove(t)
    if i % 3 == 0 then table.remove(t) end
  end
  local left = #t
  for i = 1, left + 5 do
    local v = table.remove(t)
    sum = sum + (v or 1000)
  end
  return sum, left, #t, next(t)
end
print(stack({}, 200), stack({ 1, 2, 3 }, 150), stack({ n = 1 }, 150))
print(stack(setmetatable({}, { __newindex = function(t, k, v) rawset(t, k, v) end }), 150))
print(pcall(stack, setmetatable({}, { __len = function(t) return "x" end }), 150))
local mixed = {}
for i = 1, 200 do mixed[i] = i % 3 == 0 and i or i % 3 == 1 and i / 2 or tostring(i) end
local kinds = { integer = 0, float = 0, text = 0 }
while #mixed > 0 do
  local v = table.remove(mixed)
  local kind = math.type(v) or "text"
  kinds[kind] = kinds[kind] + 1
  if #mixed % 10 == 0 then table.remove(mixed, 1) end
end
print(kinds.integer, kinds.float, kinds.text)

-- The same numbers, compiled or not.
math.randomseed(42, 7)
local drawn, ints = 0, 0
for i = 1, 300 do
  local x = math.random()
  local n = math.random(100)
  local m = math.random(-5, i)
  drawn = drawn + x
  ints = (ints * 31 + n * 7 + m + (math.random(0) & 0xFF) + math.random(1, 1)) % 1000000007
  math.random()
  math.random(10)
end
print(string.format("%.12f", drawn), ints, math.random(1 << 40), math.random(math.mininteger, math.maxinteger))
print(pcall(function() for i = 1, 200 do math.random(200 - i) end end))
print(pcall(function() for i = 1, 200 do math.random(i, 150) end end))
print(pcall(function() for i = 1, 200 do math.random(1, 2, i > 150 and 3 or nil) end end))
print(pcall(function() for i = 1, 200 do math.random(i < 150 and 3 or 2.5) end end))
print(pcall(function() for i = 1, 200 do math.random(i < 150 and 3.0 or "4") end return math.random(1000) end))
-- Numbers that a call drew before it failed, or turned out to be another one than the compiled, are not drawn again.
local function draws(x)
  local n = math.random(1000)
  if n > 900 then n = n - math.random(10) end
  return n + x
end
math.randomseed(7)
local sum, failures = 0, 0
for i = 1, 400 do
  local ok, v = pcall(draws, i < 250 and i or i % 3 == 0 and "x" or i % 3 == 1 and 0.5 or i)
  if ok then sum = sum + v else failures = failures + 1 end
end
print(sum, failures, math.random(1000000))
local function descend(n) return n == 0 and math.random(10) or math.random(10) + descend(n - 1) end
sum = 0
for i = 1, 200 do sum = sum + descend(i % 5) end
print(sum, math.random(1000000))
local coded = setmetatable({}, { __index = function(_, k) return math.random(k) end, __lt = function() return math.random() < 0.5 end })
local less = 0
for i = 1, 200 do
  sum = sum + coded[i]
  if coded < coded then less = less + 1 end
end
print(sum, less, math.random(1000000))
-- Places at the ends of the integers.
for _, last in ipairs { math.mininteger, math.maxinteger, -1, 0 } do
  print(last, pcall(function()
    local n = 0
    for i = 1, 150 do
      local a, b = ("abc"):byte(1, i < 140 and 2 or last)
      n = n + (a or 0) + (b or 0)
    end
    return n
  end))
  print(last, pcall(function()
    local n = 0
    for i = 1, 150 do
      local a, b = table.unpack({ 1, 2 }, 0, i < 140 and 1 or last)
      n = n + (a or 0) + (b or 0)
    end
    return n
  end))
end
-- The first key, and the one behind another, of tables that fill and empty.
local function firsts(list, key)
  local none, kinds = 0, {}
  for i = 1, 300 do
    local t = list[i % #list + 1]
    local k = next(t)
    if k == nil then none = none + 1 end
    kinds[type(k)] = (kinds[type(k)] or 0) + 1
    if next(t) then none = none + 1000 end
    local behind = key and (next(t, key))
    if behind then none = none + 1000000 end
  end
  return none, kinds["nil"], kinds.number, kinds.string, kinds.boolean, kinds.table
end
print(firsts { {} })
print(firsts { { 1 }, {} })
print(firsts { { x = 1 }, { [2.5] = 1 }, { [false] = 1 }, { [{}] = 1 }, { nil, 2 }, {} })
print(firsts({ { 1, 2 }, { 1 } }, 1))
print(pcall(firsts, { { 1, 2 }, { x = 1 } }, 2))
print(pcall(firsts, { { 1 }, 5 }))
local set, sizes = {}, 0
for i = 1, 400 do
  if i % 4 == 0 then set.a = nil else set.a = i end
  if next(set) == nil then sizes = sizes + 1 end
  if i % 50 == 0 then set = setmetatable({}, { __index = set, __pairs = error }) end
end
print(sizes)
local chain = { 10, 20, 30, x = 1 }
local steps = 0
for i = 1, 200 do
  local k = next(chain)
  while k ~= nil do
    steps = steps + (type(k) == "number" and k or 100)
    k = next(chain, k)
  end
end
print(steps)
