-- Errors, yields, hooks and tracebacks inside metamethods of compiled loops.
local function trace(f) print(select(2, xpcall(f, debug.traceback))) end
local M = {}
local function object(x) return setmetatable({ x = x }, M) end
M.__index = function(t, k) if t.x == 90 then error("index " .. k) end return 1 end
M.__newindex = function(t, k, v) if t.x == 91 then error({ k }) end rawset(t, "x", v) end
M.__add = function(a, b) if a.x == 92 then return nil .. b end return 1 end
M.__lt = function(a, b) if a.x == 93 then error("less") end return true end
M.__eq = function(a, b) if a.x == 94 then error("equal", 2) end return true end
M.__concat = function(a, b) if a.x == 95 then error("joined", 0) end return "c" end
M.__len = function(a) if a.x == 96 then local t = a.y.z.w end return 1 end
M.__unm = function(a) if a.x == 97 then debug.getinfo(1, "S").missing() end return 1 end
M.__call = function(self, f) if self.x == 98 then return f(self) end return 1 end

trace(function() local n = 0 for i = 1, 100 do n = n + object(i).field end end)
print(pcall(function() for i = 1, 100 do local o = object(i) o.new = i end end))
trace(function() local n = 0 for i = 1, 100 do n = n + (object(i) + i) end end)
trace(function() local n = 0 for i = 1, 100 do if object(i) < object(i) then n = n + 1 end end end)
trace(function() local n = 0 for i = 1, 100 do if object(i) == object(i) then n = n + 1 end end end)
trace(function() local n = 0 for i = 1, 100 do n = "s" .. i .. object(i) .. "e" end for i = 1, 100 do n = object(i) .. i end end)
trace(function() local n = 0 for i = 1, 100 do n = n + #object(i) end end)
trace(function() local n = 0 for i = 1, 100 do n = n - -object(i) end end)
trace(function() local n = 0 for i = 1, 100 do n = n + object(i)(function(o) local t = o.x + {} end) end end)

-- Yields in the middle of each kind of instruction.
local Y = {}
local function y(x) return setmetatable({ x = x }, Y) end
local function pause(v) if v.x % 10 == 0 then return coroutine.yield(v.x) end return v.x end
Y.__index = function(t, k) return pause(t) end
Y.__newindex = function(t, k, v) pause(t) rawset(t, k, v) end
Y.__add = function(a, b) return pause(a) end
Y.__lt = function(a, b) return pause(a) % 2 == 0 end
Y.__le = function(a, b) return pause(a) % 3 == 0 end
Y.__eq = function(a, b) return pause(a) % 5 == 0 end
Y.__concat = function(a, b) return pause(type(a) == "table" and a or b) end
Y.__len = function(a) return pause(a) end
Y.__unm = function(a) return pause(a) end
Y.__call = function(self, x) return pause(self) + x end
local co = coroutine.wrap(function()
  local n = 0
  for i = 1, 60 do
    local o = y(i)
    n = n + o.field + (o + 1) + #o + -o + o(1)
    o.set = i
    if o < o then n = n + 1 end
    if o <= o then n = n + 10 end
    if not (o == y(i)) then n = n + 100 end
    n = n + (o .. i .. "x" .. o) + (i .. o)
    if o.x ~= i then print("lost", i) end
  end
  return "done", n
end)
local sent, v, n = 0
repeat v, n = co(7) sent = sent + 1 until v == "done"
print(sent, n)

-- A hook set in a metamethod, one that counts, and one that is set in the middle of a loop.
local events = 0
local H = setmetatable({}, { __index = function(t, k)
  if k == 80 then debug.sethook(function() events = events + 1 end, "l") end
  if k == 90 then debug.sethook() end
  return k
end })
n = 0
for i = 1, 120 do n = n + H[i] end
print(n, events)
local lines = {}
local L = setmetatable({}, { __add = function(a, b)
  if b == 50 then
    debug.sethook(function(e, line)
      local info = debug.getinfo(2, "nS")
      lines[#lines + 1] = e .. ":" .. tostring(info.name) .. ":" .. info.namewhat
    end, "cr")
  end
  return b
end })
for i = 1, 60 do n = n + (L + i) if i == 52 then debug.sethook() end end
print(n, table.concat(lines, " "))

-- What debuggers see of the caller and of the metamethod.
local D = setmetatable({}, { __index = function(t, k)
  if k == 70 then
    local name, value = debug.getlocal(2, 1)
    local info = debug.getinfo(1, "nt")
    print(name, value, info.name, info.namewhat, info.istailcall)
    print(debug.getlocal(1, 2))
    debug.setlocal(2, 1, 1000)
  end
  return k
end })
do
  local first = 5
  for i = 1, 100 do first = first + D[i] end
  print(first)
end
