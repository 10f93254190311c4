-- Full collections and steps inside hot loops; weak tables, ephemerons and finalizers; objects that die while traces run.
local finalized = 0
local weak, keys = setmetatable({}, { __mode = "v" }), setmetatable({}, { __mode = "k" })
for i = 1, 400 do
  local o = setmetatable({ i }, { __gc = function() finalized = finalized + 1 end })
  weak[i] = o
  keys[o] = { o }
  if i % 100 == 0 then o = nil collectgarbage() end
end
collectgarbage() collectgarbage()
print(finalized, next(weak), next(keys))
local live = {}
for i = 1, 400 do
  local o = { i }
  weak[i] = o
  if i % 4 == 0 then live[#live + 1] = o end
  if i % 50 == 0 then collectgarbage("step", 100) end
end
collectgarbage()
local n = 0
for i = 1, 400 do if weak[i] then n = n + weak[i][1] end end
print(n, #live)
for _, mode in ipairs { "generational", "incremental" } do
  collectgarbage(mode)
  local list, sum = nil, 0
  for i = 1, 3000 do
    list = { next = i % 100 ~= 0 and list or nil, value = i, text = "v" .. i }
    if i % 500 == 0 then collectgarbage("step") end
    if i % 1000 == 0 then collectgarbage() end
    sum = sum + list.value + #list.text + (list.next and list.next.value or 0)
  end
  print(mode, sum)
end
-- the collector is stopped and restarted
collectgarbage("stop")
local before = collectgarbage("count")
for i = 1, 2000 do local t = { i } end
print(collectgarbage("count") > before, collectgarbage("isrunning"))
collectgarbage("restart")
for i = 1, 2000 do local t = { i } end
-- finalizers run inside the loop and change what it uses
local value = 0
do
  local function again()
    setmetatable({}, { __gc = function() value = value + 1 if value < 5 then again() end end })
  end
  again()
end
local rounds = 0
while value < 5 and rounds < 2e6 do rounds = rounds + 1 local t = { rounds } end
print(value)
-- a finalizer with a hot loop of its own
local inner = 0
setmetatable({}, { __gc = function() for i = 1, 500 do inner = inner + i end end })
for i = 1, 300 do if i == 250 then collectgarbage() end end
print(inner)
-- an error in a finalizer is no error of the loop
warn("@off")
setmetatable({}, { __gc = function() error("in finalizer") end })
local s = 0
for i = 1, 400 do if i == 300 then collectgarbage() end s = s + 1 end
print(s)
-- functions with hot loops that are collected, and made again
local total = 0
for i = 1, 40 do
  local f = load("local s = 0 for i = 1, 300 do s = s + i end return s + " .. i)
  total = total + f()
  f = nil
  if i % 10 == 0 then collectgarbage() end
end
print(total)
-- a function that is dropped by itself while it runs
local run
local function make() return function(k) local r = 0 for i = 1, 400 do if i == 200 then run = nil collectgarbage() collectgarbage() end r = r + i + k end return r end end
run = make()
print(run(1))
-- objects named by a trace die: closures called in a loop, metatables, keys
local sum = 0
for i = 1, 60 do
  local f, mt = function(x) return x + i end, { __index = { v = i } }
  local o = setmetatable({}, mt)
  for j = 1, 200 do sum = f(sum) + o.v end
  f, mt, o = nil, nil, nil
  if i % 5 == 0 then collectgarbage() end
end
print(sum)
-- resurrected objects
local phoenix, times = nil, 0
setmetatable({ 7 }, { __gc = function(o) phoenix = o end })
for i = 1, 400 do if i == 200 then collectgarbage() end if phoenix then times = times + phoenix[1] end end
print(times)
-- strings made in a loop are collected and made again
local seen = setmetatable({}, { __mode = "k" })
for i = 1, 2000 do local k = { "k" .. i % 10 } seen[k] = k[1] .. "x" if i % 300 == 0 then collectgarbage() end end
collectgarbage()
print(next(seen))
-- a closed upvalue and an open one across a collection
local fs = {}
for i = 1, 400 do
  local v = { i }
  fs[i % 10] = function() v[1] = v[1] + 1 return v[1] end
  if i % 100 == 0 then collectgarbage() end
  fs[i % 10]()
end
print(fs[0](), fs[9]())
