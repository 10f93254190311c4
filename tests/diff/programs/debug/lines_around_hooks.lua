-- Line events around what runs without hooks: hook functions of several lines that call others, raise errors, or set the
-- hook anew; finalizers; metamethods; coroutines.

local seen = {}
local function flush(title)
  print(title, table.concat(seen, " "))
  seen = {}
end

local function helper(line)
  local t = {}
  for i = 1, 2 do
    t[i] = line
  end
  return setmetatable(t, {
    __index = function(_, k)
      return k
    end,
  })
end

local function work(n)
  local s = 0
  for i = 1, n do
    s = s + i
    if s % 2 == 0 then
      s = s + 1
    end
  end return s
end

-- A hook of several lines.
debug.sethook(function(_, line)
  local t = helper(line)
  if t.x == "x" then
    seen[#seen + 1] = t[1]
  end
end, "l")
work(3)
work(2) work(1)
debug.sethook()
flush("several lines")

-- A hook that fails; the line event of what follows the protected call.
for at = 25, 31 do
  local ok, message = pcall(function()
    debug.sethook(function(_, line)
      seen[#seen + 1] = line
      if line == at then
        local function deep()
          error("from the hook")
        end
        deep()
      end
    end, "l")
    work(2)
    debug.sethook()
  end)
  debug.sethook()
  flush(tostring(ok) .. " " .. tostring(message))
end

-- Finalizers and metamethods between lines.
local mt = {
  __gc = function()
    local x = 1
    x = x + 1
  end,
  __add = function(a, b)
    local c = 5
    return c
  end,
}
debug.sethook(function(_, line)
  seen[#seen + 1] = line
end, "l")
local v = setmetatable({}, mt)
local w = v + 1
v = nil
collectgarbage()
w = w + 1
debug.sethook()
flush("finalizers")

-- Hooks that replace themselves, and with counts and calls as well.
local function second(event, line)
  seen[#seen + 1] = event:sub(1, 2) .. (line or "")
end
debug.sethook(function(_, line)
  seen[#seen + 1] = line
  if #seen > 4 then
    debug.sethook(second, "lcr", 3)
  end
end, "l")
work(2)
work(1)
debug.sethook()
flush("replaced")

-- Coroutines have hooks of their own.
local co = coroutine.create(function(n)
  for i = 1, n do
    local y = coroutine.yield(i)
    y = y + 1
  end
end)
debug.sethook(co, function(_, line)
  local l = line
  seen[#seen + 1] = l
end, "l")
for i = 1, 4 do
  coroutine.resume(co, i)
end
flush("coroutine")
