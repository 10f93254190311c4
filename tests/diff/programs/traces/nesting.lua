-- How deep metamethods and iterators may nest is the same in compiled code, and where the error is raised.
local depth, deepest = 0, 0
local R = {}
R.__index = function(t, k)
  depth = depth + 1
  deepest = math.max(deepest, depth)
  local v = 0
  for i = 1, 3 do v = v + 1 end
  v = t[k + 1]
  depth = depth - 1
  return v
end
local object = setmetatable({}, R)
for round = 1, 20 do
  depth = 0
  local ok, message = pcall(function() return object[1] end)
  if round % 10 == 0 then print(ok, message, deepest) end
end

-- A loop with metamethods at every depth near the limit.
local N = setmetatable({}, { __add = function(a, b) return b + 1 end, __index = function(t, k) return #t + k end, __len = function() return 1 end })
local work = function()
  local n = 0
  for i = 1, 30 do n = n + (N + i) + N[i] end
  return n
end
local function nest(levels)
  if levels == 0 then return work() end
  return (setmetatable({}, { __index = function() return nest(levels - 1) end }).x)
end
local reached, failed = 0, {}
for levels = 150, 200 do
  local ok, v = pcall(nest, levels)
  if ok then reached = levels else failed[#failed + 1] = levels .. ": " .. tostring(v) end
end
print(reached, #failed, failed[1], failed[2], failed[#failed])

-- Iterators count as well.
local function it(_, i) if i < 3 then return i + 1 end end
local function loops(levels)
  local n = 0
  local function step(_, i)
    if i == 0 and levels > 0 then n = n + loops(levels - 1) end
    if i < 2 then return i + 1 end
  end
  for i in step, nil, 0 do for j in it, nil, 0 do n = n + j end end
  return n
end
local last, message
for levels = 180, 200 do
  local ok, v = pcall(loops, levels)
  if ok then last = levels .. "=" .. v elseif not message then message = levels .. ": " .. v end
end
print(last, message)
-- And afterwards the count is what it was.
for round = 1, 3 do print(pcall(nest, 150)) end

-- Metamethods that call one another, six deep, in a loop near the limit: the innermost one that is too deep raises.
local a = setmetatable({}, { __index = function(t, k) return k + 1 end })
local b = setmetatable({}, { __index = function(t, k) return a[k] + 1 end })
local c = setmetatable({}, { __add = function(t, k) return b[k] + 1 end })
local d = setmetatable({}, { __index = function(t, k) return (c + k) + 1 end })
local e = setmetatable({}, { __unm = function(t) return d[5] + 1 end })
local f = setmetatable({}, { __concat = function(t, k) return -e + k end })
work = function()
  local n = 0
  for i = 1, 30 do if i > 5 then n = n + (f .. i) end end
  return n
end
local results = {}
for levels = 180, 198 do
  local ok, v = pcall(nest, levels)
  results[#results + 1] = levels .. ": " .. tostring(v)
end
print(table.concat(results, "\n"))
