-- Recursion through the iterators of generic loops is counted as nested calls of C.
local function depth_of(kind)
  local depth, deepest = 0, 0
  local function step()
    depth = depth + 1
    if depth > deepest then deepest = depth end
    for _ in kind(step) do break end
    depth = depth - 1
  end
  local ok, msg = pcall(step)
  return deepest, ok, msg
end
print("a Lua function", depth_of(function(step) return step end))
print("a callable table", depth_of(function(step)
  return setmetatable({}, {__call = function() step() end})
end))
print("a library function", depth_of(function(step) return pcall, step end))
local co = coroutine.wrap(function()
  for i = 1, 3 do
    for v in function(_, c) coroutine.yield(i) if not c then return i end end do
      coroutine.yield(-v)
    end
  end
  return depth_of(function(step) return step end)
end)
for _ = 1, 10 do print(co()) end
-- At the last level a loop over a table fails, too: its iterator is a call.
local deepest
local function descend(t, n)
  return setmetatable({}, {__index = function(o, k)
    deepest = n
    for _ in pairs {1} do end
    return descend(t, n + 1)[k]
  end})
end
print(pcall(function() return descend({}, 1).x end))
print(deepest)
local function nested(n)
  for _ in ipairs {1} do end
  return table.concat(setmetatable({}, {__index = function() return nested(n + 1) end, __len = function() return 1 end}))
end
print(pcall(nested, 1))
