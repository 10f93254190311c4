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
