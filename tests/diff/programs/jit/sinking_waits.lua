-- Loops that wait for the collector by making tables which nobody needs: it must come all the same.
local function wait_for_finalizer(make)
  local finished = false
  setmetatable({}, { __gc = function() finished = true end })
  make(function() return finished end)
  return finished
end

print(wait_for_finalizer(function(done)
  repeat local t = {} until done()
end))
print(wait_for_finalizer(function(done)
  local t
  repeat t = { 1, x = { 2 } } until done()
  print(t[1], t.x[1])
end))
print(wait_for_finalizer(function(done)
  local n = 0
  local function point(x, y) return setmetatable({ x = x, y = y }, { __index = {} }) end
  while not done() do
    local p = point(n, 1)
    n = p.x + p.y
  end
end))

local weak = setmetatable({ {} }, { __mode = "v" })
local total = 0
while weak[1] do
  local p = { 1, 2, 3 }
  total = total + #p
end
print(weak[1])

-- The bytes in use are not counted for tables that were not made, and a stopped collector stays stopped.
collectgarbage()
local before = collectgarbage("count")
for i = 1, 200000 do
  local p = { i, i + 1 }
  total = total + p[1] + p[2]
end
print(collectgarbage("count") - before < 2000)
collectgarbage("stop")
local alive = true
setmetatable({}, { __gc = function() alive = false end })
for i = 1, 50000 do
  local p = { i }
  total = total + #p
end
print(alive, collectgarbage("isrunning"))
collectgarbage("restart")
