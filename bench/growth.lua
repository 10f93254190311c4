-- How the time for an object grows with the number of objects: `growth.lua KIND N` prints nanoseconds of processor time
-- for each of N objects, averaged over enough rounds.
local kind, n = arg[1], tonumber(arg[2])
local rounds = math.max(1, 2000000 // n)
local elapsed = 0

local function timed(f, ...)
  local start = os.clock()
  local r = f(...)
  elapsed = elapsed + os.clock() - start
  return r
end

local kinds = {}

function kinds.array()
  return timed(function()
    local t = {}
    for i = 1, n do t[i] = i end
    return t
  end)
end

function kinds.hash()
  return timed(function()
    local t = {}
    for i = 1, n do t[i * 16777213] = i end
    return t
  end)
end

function kinds.strings()
  return timed(function()
    local t = {}
    for i = 1, n do t[i] = "k" .. i end
    return t
  end)
end

local source
function kinds.traversal()
  if not source then
    source = {}
    for i = 1, n do source[i * 16777213] = i end
  end
  timed(function()
    local count = 0
    for _ in pairs(source) do count = count + 1 end
    assert(count == n)
  end)
end

function kinds.collection()
  if not source then
    source = {}
    for i = 1, n do source[i] = { i } end
    collectgarbage()
    collectgarbage("stop")
  end
  timed(collectgarbage)
end

for _ = 1, rounds do kinds[kind]() end
print(string.format("%.3f", elapsed / rounds / n * 1e9))
