-- Metamethods of each event in hot loops: functions and tables, inheritance, results of several types, errors.
local V = {}
V.__index = V
V.__add = function(a, b) return setmetatable({ x = a.x + (type(b) == "table" and b.x or b) }, V) end
V.__sub = function(a, b) return a.x - b.x end
V.__mul = function(a, b) if type(a) == "number" then a, b = b, a end return setmetatable({ x = a.x * (type(b) == "number" and b or b.x) }, V) end
V.__eq = function(a, b) return a.x == b.x end
V.__lt = function(a, b) return (type(a) == "table" and a.x or a) < (type(b) == "table" and b.x or b) end
V.__le = function(a, b) return (type(a) == "table" and a.x or a) <= (type(b) == "table" and b.x or b) end
V.__concat = function(a, b) return (type(a) == "table" and a.x or a) .. "|" .. (type(b) == "table" and b.x or b) end
V.__len = function(a) return a.x end
V.__call = function(a, y, z) return a.x + (y or 0), z end
V.__unm = function(a) return setmetatable({ x = -a.x }, V) end
V.__bnot = function(a) return ~(a.x // 1) end
V.__idiv = function(a, b) return a.x // 2 end
V.__mod = function(a, b) return 5 end
V.__shl = function(a, b) return "shl" end
V.__tostring = function(a) return "V" .. a.x end
V.__name = "Vector"
function V.get(a) return a.x end
function V:set(x) self.x = x return self end
local function new(x) return setmetatable({ x = x }, V) end
local acc, one = new(0), new(1)
local eq, lt, le, s, len, called = 0, 0, 0, nil, 0, 0
for i = 1, 400 do
  acc = acc + one acc = acc + i
  local h = new(i % 10)
  if h == one then eq = eq + 1 end
  if h ~= new(3) then eq = eq + 1000 end
  if h < one or h > new(8) or h < 1 then lt = lt + 1 end
  if one <= h and h <= new(5) and 7 >= h then le = le + 1 end
  s = h .. "x" .. h .. i
  len = len + #h
  local a, b = h(i, 2) called = called + a + b
  called = called + (acc - one) % 7 + (-h).x + (~h) + h // 1 + h % 1
  if i == 200 then acc = acc * 2 acc = 0.5 * acc end
end
print(acc.x, eq, lt, le, s, len, called, tostring(acc), one << 1)
-- classes with inheritance, methods redefined, super calls
local Base = {} Base.__index = Base
function Base.new(c, v) return setmetatable({ v = v }, c) end
function Base:value() return self.v end
function Base:twice() return self:value() * 2 end
local Derived = setmetatable({}, { __index = Base }) Derived.__index = Derived
function Derived:value() return Base.value(self) + 1 end
local More = setmetatable({}, { __index = Derived }) More.__index = More
local objects = { Base:new(1), Derived:new(2), More:new(3.5) }
local total = 0
for i = 1, 600 do
  if i == 300 then function More:value() return 100 end elseif i == 400 then More.value = nil elseif i == 500 then Derived.value = nil end
  total = total + objects[i % 3 + 1]:twice()
end
print(total)
-- __index and __newindex: function, table, chain; stores into inherited tables; rawget beside them
local store, log = {}, 0
local p = setmetatable({}, { __index = function(_, k) log = log + 1 return store[k] end, __newindex = function(_, k, v) log = log + 1000 store[k] = v end })
for i = 1, 400 do p[i] = i p.last = i local _ = p[i] + p.last end
print(log, #store, store.last, rawget(p, 1))
local q = setmetatable({}, { __newindex = store, __index = store })
for i = 1, 400 do q.count = (q.count or 0) + 1 q[i] = i * 2 end
print(store.count, store[400], next(q))
local deep = {}
for i = 1, 20 do deep = setmetatable({}, { __index = deep }) if i == 5 then deep.found = 5 end end
local f = 0
for i = 1, 400 do f = f + deep.found + (deep.absent or 1) if i == 300 then deep.found = 7 end end
print(f)
-- results that are no booleans, no values, several values; __eq only between tables; different metamethods on both sides
local W = { __eq = function() return nil end, __lt = function() return 1 end, __le = function() end, __index = function() return 1, 2 end, __len = function() return "len", 3 end, __concat = function() return nil end }
local w1, w2 = setmetatable({}, W), setmetatable({}, W)
local r = { 0, 0, 0, 0 }
for i = 1, 300 do
  if w1 == w2 then r[1] = r[1] + 1 end if w1 < w2 then r[2] = r[2] + 1 end if w1 <= w2 then r[3] = r[3] + 1 end
  if w1 == w1 and w1 ~= 1 and #w1 == "len" and w1.x == 1 and (w1 .. w2) == nil then r[4] = r[4] + 1 end
end
print(table.concat(r, " "))
-- the string metatable
local up = 0
for i = 1, 300 do up = up + #("abc"):upper() + ("x"):byte() if i == 250 then getmetatable("").__index = function(_, k) return string[k] or nil end end end
getmetatable("").__index = string
print(up, pcall(function() for i = 1, 300 do local _ = ("x")[i == 299 and "missing" or "len"](1) end end))
-- __call through several levels, and in iterators and tail calls
local c = setmetatable({}, { __call = setmetatable({}, { __call = function(self, inner, x) return x end }) })
local cc = 0
local function tail(i) return c(i) end
for i = 1, 300 do cc = cc + c(i) + tail(i) end
print(cc)
-- metamethods with hot loops of their own
local L = setmetatable({}, { __index = function(_, n) local a = 0 for i = 1, n do a = a + i end return a end, __add = function(_, n) local a = 0 while a < n do a = a + 1 end return a end })
local ls = 0
for i = 1, 200 do ls = ls + L[i] + (L + i) end
print(ls)
-- __gc, __mode, __metatable set in loops
local guarded = 0
for i = 1, 300 do local m = setmetatable({}, { __metatable = i }) guarded = guarded + getmetatable(m) end
print(guarded, pcall(function() for i = 1, 300 do setmetatable(setmetatable({}, { __metatable = i == 299 and 1 or nil }), nil) end end))
-- userdata and files
local files = 0
for i = 1, 300 do if io.type(io.stdout) == "file" and io.stdout.write and io.stdout == io.stdout then files = files + 1 end end
print(files)
