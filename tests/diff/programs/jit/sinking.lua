-- Tables that stay in a loop: each way in which they get out of it, and what the loop does with them before.
local function dump(v, depth)
  if type(v) ~= "table" then return math.type(v) == "float" and ("%.3f"):format(v) or tostring(v) end
  if (depth or 0) > 4 then return "..." end
  local out = {}
  for n = 0, 5 do
    local x = rawget(v, n)
    if x ~= nil then out[#out + 1] = n .. "=" .. dump(x, (depth or 0) + 1) end
  end
  for _, k in ipairs { "f", "n", "x", "y", true, false } do
    local x = rawget(v, k)
    if x ~= nil then out[#out + 1] = tostring(k) .. "=" .. dump(x, (depth or 0) + 1) end
  end
  return "{" .. table.concat(out, " ") .. "}" .. (getmetatable(v) and "*" or "") .. rawlen(v)
end
local V = { name = "V" }
V.__index = V
local function vec(x, y) return setmetatable({ x = x, y = y }, V) end
V.__add = function(a, b) return vec(a.x + b.x, a.y + b.y) end
V.__sub = function(a, b) return setmetatable({ x = a.x - b.x, y = a.y - b.y }, getmetatable(a)) end
V.__mul = function(a, k) return vec(a.x * k, a.y * k) end
V.__unm = function(a) return vec(-a.x, -a.y) end
V.__eq = function(a, b) return a.x == b.x and a.y == b.y end
V.__lt = function(a, b) return a.x < b.x end
V.__concat = function(a, b) return (type(a) == "table" and a.x or a) .. ":" .. (type(b) == "table" and b.x or b) end
V.__call = function(a, k) return a.x + k, a end
V.__len = function(a) return 7 end
function V:dot(b) return self.x * b.x + self.y * b.y end
function V:scaled(k) return vec(self.x * k, self.y * k) end

-- nothing gets out
local s = 0
for i = 1, 300 do
  local a, b = vec(i, 1), vec(2, i)
  local c = (a + b):scaled(2) - a * 0.5
  s = s + c:dot(-b) + #c + (a == b and 1 or 0) + (a < b and 2 or 0) + a(1)
end
print(s)

-- one variable from round to round
local z, c = vec(0.1, 0.2), vec(-0.4, 0.3)
for i = 1, 300 do z = vec(z.x * z.x - z.y * z.y, 2 * z.x * z.y) + c end
print(dump(z))

-- several names for the same table, tables in tables, circles
local kept, t1, t2 = {}, nil, nil
for i = 1, 200 do
  local a = { x = i }
  local b = { a, a, x = { y = a } }
  local d = b.x.y
  d.n = i + 1
  if i % 50 == 0 then kept[#kept + 1] = b a.x = 0 kept[#kept + 1] = rawequal(b[1], b[2]) and b[1] == b.x.y end
  a.f = a
  b.f, a.y = a, b
  if i == 150 then t1, t2 = a, b end
end
print(dump(kept[1]), kept[2], dump(kept[7]), t1.f == t1, t2.f == t1, t1.y == t2, t2.x.y.f == t1)

-- each place where a table can go
local heap, up, out = {}, nil, {}
local function set(v) up = v end
local function id(...) return ... end
local co = coroutine.wrap(function(v) while true do v = coroutine.yield(v.x) end end)
local ways = {
  function(v) heap.v = v end,
  function(v) heap[#heap % 5 + 1] = v end,
  function(v) up = v end,
  set,
  function(v) return id(v) end,
  function(v) return (id(1, v)) end,
  function(v) local f = function() return v end return f() end,
  function(v) return rawset({}, 1, v) end,
  function(v) return table.pack(v, v) end,
  function(v) return select(2, 1, v) end,
  function(v) return co(v) end,
  function(v) return pcall(id, v) end,
  function(v) return pcall(error, v) end,
  function(v) return pcall(function() error(v) end) end,
  function(v) return next(v) ~= nil end,
  function(v) for _, x in ipairs(v) do return x end end,
  function(v) return table.unpack(v) end,
  function(v) return tostring(v):sub(1, 5) end,
  function(v) return v .. "s", "s" .. v, v .. v end,
  function(v) return v(5) end,
  function(v) return rawlen(v), rawget(v, "x"), rawequal(v, v), #v end,
  function(v) return v[v.x], v[1.0], v["x"] end,
  function(v) v[v] = v return v[v] == v end,
  function(v) v.x, v.y = nil, nil return v.x, v.y end,
  function(v) return getmetatable(v) == V, getmetatable(v).name, type(v) end,
  function(v) return setmetatable(v, nil) == v, v.name end,
  function(v) return setmetatable(v, { __index = { name = "W" } }).name end,
  function(v) return select("#", debug.getlocal(1, 1)), select(2, debug.getlocal(1, 1)) == v end,
  function(v) local k, w = debug.getlocal(1, 1) w.x = -1 return v.x end,
  function(v) collectgarbage() return v.x end,
  function(v) return table.concat(v, ","), #table.pack(table.unpack(v, 1, 3)) end,
  function(v) local w <close> = setmetatable(v, { __close = function(w) up = w.x end }) return 1 end,
  function(v) return load("return ...")(v) == v end,
}
for n, way in ipairs(ways) do
  local last
  for i = 1, 60 do
    local a = { i, i + 1, x = i, y = i / 2 }
    setmetatable(a, V)
    last = table.pack(pcall(way, a))
    local b, w = { x = i, n = a }, { a }
    if i % 20 == 0 then last[last.n + 1] = w[1] == b.n end
    last[4] = a.x
  end
  out[n] = n .. ":" .. dump(last[1]) .. "," .. dump(last[2]) .. "," .. dump(last[3]) .. "," .. dump(last[4])
end
print(table.concat(out, "\n"))
print(dump(heap), dump(up))

-- parameters that nested functions capture: of functions, metamethods, protected functions, functions with varargs
local M = {}
M.__add = function(a, b) local function f() return a.x + b.x end return { x = f() } end
M.__index = function(t, k) local f = function() return t end return k == "me" and f() or nil end
M.__call = function(self, v) local function g() return self, v end return g() end
local function captures(a, b) local f = function() a.x = a.x + 1 return b end return f() end
local function captures_all(a, ...) local f = function() return a end return f(), ... end
local total, r1, r2 = 0, nil, nil
for i = 1, 100 do
  local a, b = setmetatable({ x = i }, M), setmetatable({ x = 1 }, M)
  total = total + (a + b).x + a.me.x + captures({ x = i }, { x = 2 }).x
  local ok, v = pcall(captures, { x = i }, { x = 3, i })
  local p, q = captures_all({ x = i }, { x = i, i })
  local m, n = a({ x = i })
  local function up() return v, p, q, m, n end
  total = total + v[1] + p.x + q[1] + m.x + n.x + captures(a, b).x
  if i == 90 then r1, r2 = q, up end
end
print(total, dump(r1), dump({ r2() }))
