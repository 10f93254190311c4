-- Fields that loops read and write through several names of one table, or of tables with the same keys.

x, y = 0, 0
local function through_globals(env, n)
  local sum = 0
  for i = 1, n do
    env.x = i
    sum = sum + x + y
    env.y = x + 1
    sum = sum + y
  end
  return sum
end
print(through_globals(_G, 200), x, y)
print(through_globals({ x = 1, y = 2 }, 200), x, y)

-- A function of a library that is replaced through another name.
local function replaced(library, n)
  local sum = 0
  for i = 1, n do
    sum = sum + math.floor(i / 2)
    if i == n - 50 then library.floor = function(v) return v * 1000 end end
    library.count = i
    library.floor = library.floor
  end
  return sum
end
local floor = math.floor
print(replaced({}, 200), pcall(math.floor, 1.5))
print(replaced(math, 200), math.count)
math.floor, math.count = floor, nil

-- Objects that are one or two.
local function move(a, b, n)
  local sum = 0
  for i = 1, n do
    a.x = a.x + 1
    b.y = b.y + a.x
    a.z = b.y - b.x
    b.x = b.x + 0.5
    sum = sum + a.x + a.y + a.z + b.z
  end
  return sum
end
local function point() return { x = 1, y = 2, z = 3 } end
local p = point()
print(move(p, p, 150), move(point(), point(), 150))
for i = 1, 150 do
  local q = point()
  move(q, i % 3 == 0 and q or point(), 2)
end
-- Keys in other places of the nodes, and tables that grow, shrink and reuse their nodes.
local function reorder(list, n)
  local sum = 0
  for i = 1, n do
    local a, b = list[i % #list + 1], list[(i + 1) % #list + 1]
    a.x = i
    b.y = a.x + (b.x or 0)
    sum = sum + (a.y or 0) + b.y
  end
  return sum
end
print(reorder({ { x = 1, y = 2 }, { y = 1, x = 2 }, { z = 0, y = 1, x = 2 }, {} }, 300))
local function reuse(t, o, n)
  local sum = 0
  for i = 1, n do
    t.a = i
    o.b = t.a + 1
    t["k" .. i % 17] = i % 5 ~= 0 and i or nil
    if i % 7 == 0 then t.a = nil end
    if i % 40 == 0 then collectgarbage() end
    sum = sum + (t.a or 100) + (o.b or 0) + (t.b or 0)
    o.b = nil
  end
  return sum
end
local t = {}
print(reuse(t, {}, 300), reuse(t, t, 300), reuse({ a = 1, b = 2 }, t, 300))

-- Tags change with the values.
local function retag(a, b, n)
  local kinds = {}
  for i = 1, n do
    a.v = i % 3 == 0 and i or i % 3 == 1 and i / 2 or "text"
    b.w = a.v
    a.u = b.w
    local k = math.type(a.u) or type(a.u)
    kinds[k] = (kinds[k] or 0) + 1
    b.v = nil
    if a.v == nil then kinds.none = (kinds.none or 0) + 1 end
  end
  return kinds.integer, kinds.float, kinds.string, kinds.none
end
print(retag({}, {}, 200))
local same = { u = 0, v = 0, w = 0 }
print(retag(same, same, 200))
print(retag(setmetatable({}, { __index = same }), same, 200))

-- A list of objects, each of which is written while the first is read.
local objects = {}
for i = 1, 20 do objects[i] = { value = i, next = false } end
for i = 1, 19 do objects[i].next = objects[i + 1] end
local function walk(first, n)
  local sum = 0
  for i = 1, n do
    local o = first
    while o do
      o.value = o.value + first.value % 3
      sum = sum + first.value
      o.mark = i
      o = o.next
    end
  end
  return sum
end
print(walk(objects[1], 30), objects[20].value, objects[20].mark)
