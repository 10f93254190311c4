-- `__index` and `__newindex` functions in loops that are compiled: results, chains, metatables changed late.
local log = {}
local base = setmetatable({ inherited = 1 }, { __index = function(t, k) log[#log + 1] = k return #k end })
local object = setmetatable({ own = 2 }, { __index = base })
local sum = 0
for i = 1, 200 do
  sum = sum + object.own + object.inherited + object.missing
end
print(sum, #log, log[1], log[200])

-- The function is asked about the table of the chain that has it, not about the first one.
local asked
local top = setmetatable({}, { __index = setmetatable({}, { __index = function(t, k) asked = t return k end }) })
for i = 1, 100 do local v = top[i] if v ~= i then print("wrong", i, v) end end
print(asked == getmetatable(top).__index)

-- More results, none, and a vararg function.
local many = setmetatable({}, { __index = function(t, k) return k, 1, 2 end })
local none = setmetatable({}, { __index = function(t, k) end })
local any = setmetatable({}, { __index = function(...) return select("#", ...) end })
local n = 0
for i = 1, 100 do
  local a, b, c = many[i], none[i], any[i]
  n = n + a + c
  if b ~= nil then print("not nil") end
end
print(n)

-- A field is set while the loop runs; then the function, then the metatable.
local changing = setmetatable({}, { __index = function(t, k) return 1 end })
local seen = {}
for i = 1, 400 do
  if i == 100 then changing.x = 10 end
  if i == 200 then changing.x = nil end
  if i == 250 then getmetatable(changing).__index = function(t, k) return 2 end end
  if i == 300 then getmetatable(changing).__index = { x = 3 } end
  if i == 350 then setmetatable(changing, nil) end
  local v = tostring(changing.x)
  seen[v] = (seen[v] or 0) + 1
end
for _, k in ipairs { "1", "10", "2", "3", "nil" } do io.write(k, "=", seen[k], " ") end
print()

-- Methods, with the object in place when the metamethod looks at it.
local Class = { __index = function(t, k) return function(self, x) return rawequal(self, t), k, x end end }
local o = setmetatable({}, Class)
local good = 0
for i = 1, 100 do
  local same, name, x = o:method(i)
  if same and name == "method" and x == i then good = good + 1 end
end
print(good)

-- Assignments: by function, through tables, to present keys.
local stored, writes = {}, 0
local sink = setmetatable({ present = 0 }, { __newindex = function(t, k, v) writes = writes + 1 stored[k] = v return "ignored" end })
local front = setmetatable({}, { __newindex = sink })
for i = 1, 100 do
  front[i % 5] = i
  front.present = i
  sink.present = sink.present + 1
  sink[i] = nil
end
print(writes, stored[0], stored[4], rawget(sink, "present"), rawget(front, "present"))

-- Keys of other kinds.
local kinds = setmetatable({}, { __index = function(t, k) return math.type(k) or type(k) end })
local count = {}
for i = 1, 120 do
  for _, k in ipairs { i, i + 0.5, true, "s" } do
    local v = kinds[k]
    count[v] = (count[v] or 0) + 1
  end
end
print(count.integer, count.float, count.boolean, count.string)

-- Userdata and strings.
local mt = getmetatable("")
local old = mt.__index
mt.__index = function(s, k) return #s + k end
local total = 0
for i = 1, 100 do total = total + ("abc")[i] end
mt.__index = old
print(total, ("abc"):upper())
