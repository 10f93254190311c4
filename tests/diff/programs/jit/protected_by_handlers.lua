-- xpcall in hot loops: followed into the function, left in the middle of it, with handlers of all kinds.
local function repeated(f, n) local r for i = 1, n or 300 do r = table.pack(f(i)) end print(table.unpack(r, 1, r.n)) end
local function note(m) return "noted: " .. tostring(m) end

-- results and arguments: none, some, all, too few
local function none() end
local function two(x) return x, x + 1 end
local function any(...) return select("#", ...), ... end
repeated(function(i) return xpcall(none, note) end)
repeated(function(i) return xpcall(two, note, i) end)
repeated(function(i) local ok, a, b, c = xpcall(two, note, i, 7) return ok, a, b, c end)
repeated(function(i) return (xpcall(two, print, i)) end)
repeated(function(i) xpcall(two, note, i) return i end)
repeated(function(i) return xpcall(any, note, i, nil, "x") end)
repeated(function(i) return xpcall(any, note) end)
repeated(function(i) return select("#", xpcall(two, note, i)), { xpcall(two, note, i, 3) } ~= nil end)

-- no function to call, no handler, one that is no function, one that changes
repeated(function(i) return pcall(xpcall) end, 80)
repeated(function(i) return pcall(xpcall, two) end, 80)
repeated(function(i) return pcall(xpcall, two, i == 60 and {} or note, 1) end, 80)
repeated(function(i) return pcall(xpcall, two, i > 60 and "x" or note, 1) end, 80)
repeated(function(i) return xpcall(i > 250 and i or two, note, i) end)
repeated(function(i) return xpcall(two, i > 250 and print or note, i > 270 and {} or i) end)

-- errors behind some work, with what the handler sees
local function late(a, b, c) local x = a * 2 local y = x + b if y > 560 then error("late " .. a .. b .. c) end return x, y, c end
local function handler(m)
  local info = debug.getinfo(2, "n")
  return m .. " / " .. (debug.traceback("t", 1):gsub("\n.*", "")) .. " " .. tostring(info and info.name)
end
for i = 1, 330 do
  local ok, x, y, c = xpcall(late, handler, i, 1, "c")
  if i % 47 == 0 or i > 277 and i % 13 == 0 then print(i, ok, x, y, c) end
end
-- a type that changes, variables that the function changes
local count, t = 0, { n = 0 }
local function typed(a, b) return a + b, a .. "" end
local function changes(i) count = count + 1 t.n = t.n + 1 if i % 100 == 99 then error("changed", 0) end return count end
for i = 1, 400 do
  local v = i
  if i == 150 then v = 0.5 elseif i == 250 then v = "7" elseif i == 300 then v = {} elseif i == 350 then v = nil end
  local ok, a, b = xpcall(typed, note, v, 1)
  local fine, n = xpcall(changes, note, i)
  if i % 50 == 0 then print(i, ok, a, b, fine, n) end
end
print(count, t.n)
-- nested, in each other and in pcall
local function inner(x) if x % 97 == 0 then error("inner " .. x, 0) end return x * 2 end
local function middle(x) local ok, v = xpcall(inner, note, x) if not ok then return v end return v + 1 end
local function outer(x) local ok, v = pcall(middle, x) return ok, v end
for i = 1, 400 do local a, b, c = xpcall(outer, note, i) if i % 97 < 2 then print(i, a, b, c) end end
-- closures, objects, strings, coroutines
local sum = 0
for i = 1, 300 do
  local s = ""
  local ok, f = xpcall(function(n) s = s .. n return function() return n end end, note, i)
  local ok2, v = xpcall(function(o) return o.x + #s end, note, { x = i })
  sum = sum + f() + v
end
print(sum)
local co = coroutine.wrap(function()
  for i = 1, 300 do
    local ok, v = xpcall(function(n) if n % 60 == 0 then return coroutine.yield(n) end return n end, note, i)
    sum = sum + v
  end
  return "end"
end)
print(co(1), co(2), co(3), co(4), co(5), co(6), sum)
