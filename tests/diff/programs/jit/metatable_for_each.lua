-- A metatable for each object, which dies with it, in functions that are compiled again and again.
local Point, Base = {}, {}
function Base:sum() return self.x + self.y end
setmetatable(Point, { __index = Base })
function Point.new(x, y) return setmetatable({ x = x, y = y }, { __index = Point, __add = function(a, b) return a.x + b.y end }) end
function Point:moved(by) return Point.new(self.x + by, self.y - by) end

local total, kept = 0, {}
for round = 1, 30 do
  for i = 1, 100 do
    local p = Point.new(i, round)
    total = total + p:moved(i):sum() + (p + p)
    if i % 50 == 0 then kept[#kept + 1] = p end
  end
  if round % 5 == 0 then collectgarbage() end
end
print(total, #kept)

-- One that has no such field, or another, among them.
local odd = setmetatable({ x = 1, y = 2 }, { __index = function(t, k) return function() return k end end })
local bare = setmetatable({ x = 1, y = 2 }, {})
for round = 1, 200 do
  local p = round % 50 == 0 and odd or round % 70 == 0 and bare or Point.new(round, 1)
  local ok, got = pcall(function() return p:sum() end)
  if round % 50 == 0 or round % 70 == 0 then print(ok, got) end
  if round % 20 == 0 then collectgarbage() end
end

-- Metatables that are given and taken inside a loop.
local function count(list)
  local n = 0
  for _ = 1, 20 do
    for i = 1, #list do
      local v = list[i].field
      if v then n = n + v end
    end
  end
  return n
end
local list = {}
for i = 1, 20 do list[i] = setmetatable({}, { __index = { field = i } }) end
print(count(list))
collectgarbage()
for i = 1, 20 do setmetatable(list[i], i % 2 == 0 and { __index = { field = -i } } or nil) end
collectgarbage()
print(count(list))

-- Fields by keys of any kind, written where they are and where they are not yet.
local keys = { true, false, 1.5, -7, 1 << 40, {}, print, ("k"):rep(50), "short", coroutine.create(print) }
local fields, proxy, log = {}, nil, 0
proxy = setmetatable({}, { __newindex = function(t, k, v) log = log + 1 rawset(t, k, v) end })
for round = 1, 60 do
  for i = 1, #keys do
    local k = keys[i]
    if i == 8 then k = ("k"):rep(25) .. ("k"):rep(25) end
    fields[k] = round
    proxy[k] = round
    if round % 20 == 0 then fields[k], proxy[k] = nil, nil end
    if round % 7 == 0 then fields[k] = { round } end
  end
  fields[0 / 1], fields[-0.0] = round, round + 1
  if round % 10 == 0 then collectgarbage("step") end
end
print(log, fields[0], fields[0.0], proxy[true], fields[1.5][1], fields[false][1])
print(pcall(function() for i = 1, 60 do fields[i == 60 and nil or 1] = i end end))
print(pcall(function() for i = 1, 60 do fields[i == 60 and 0 / 0 or 1] = i end end))
