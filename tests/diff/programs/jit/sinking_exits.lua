-- Loops that are left while they have tables that were not made: types that change, errors, yields, hooks, collections, limits of
-- the stack; and what goes on from there.
local function dump(v, depth)
  if type(v) ~= "table" then return tostring(v) end
  local out = {}
  for n = 1, 3 do
    local x = rawget(v, n)
    if x ~= nil then out[#out + 1] = n .. "=" .. dump(x, (depth or 0) + 1) end
  end
  for _, k in ipairs { "x", "y", "n" } do
    local x = rawget(v, k)
    if x ~= nil then out[#out + 1] = k .. "=" .. ((depth or 0) < 3 and dump(x, (depth or 0) + 1) or "...") end
  end
  return "{" .. table.concat(out, " ") .. "}" .. (getmetatable(v) and "*" or "")
end
local V = {}
V.__index = V
local function vec(x, y) return setmetatable({ x = x, y = y }, V) end
V.__add = function(a, b) return vec(a.x + b.x, a.y + b.y) end

-- a type changes while tables are not made, at each depth
local out = {}
for _, bad in ipairs { 0.5, "12", "no", true, {}, print } do
  for at = 20, 100, 40 do
    local data, kept, m = {}, nil, nil
    for i = 1, 120 do data[i] = i end
    data[at] = bad
    local ok, e = pcall(function()
      for i = 1, 120 do
        local a = vec(i, { i, n = vec(i, i) })
        local b = vec(data[i], 2)
        kept = a.y.n
        local c = vec(a.x, 1) + b
        m = c.x
        if i == at then kept = { a, b, c } end
      end
    end)
    out[#out + 1] = dump(kept) .. " " .. tostring(m) .. " " .. tostring(e):gsub("0x%x+", "")
  end
end
print((table.concat(out, "\n"):gsub("builtin: *%x+", "builtin")))

-- branches: side traces that begin with such tables, and loops in loops
local sum, kept = 0, {}
for i = 1, 400 do
  local a, b = vec(i, 1), { n = i }
  b.y = a
  if i % 3 == 0 then a.x = a.x * 2 elseif i % 5 == 0 then b = { n = a, y = b.y } elseif i % 7 == 0 then a = vec(b.n, 2) end
  for j = 1, i % 4 do a = a + vec(j, j) if j == 3 then b.n = a.x end end
  if i % 50 == 0 then kept[#kept + 1] = b kept[#kept + 1] = a end
  sum = sum + a.x + (type(b.n) == "number" and b.n or b.n.x) + b.y.y
end
print(sum, dump(kept[1]), dump(kept[2]), dump(kept[15]), dump(kept[16]))

-- a metatable changes late
local log = {}
for i = 1, 300 do
  local a = vec(i, 2)
  if i == 100 then V.__index = function(t, k) return k == "z" and 5 or nil end
  elseif i == 150 then V.__newindex = function(t, k, v) rawset(t, k, -v) end
  elseif i == 200 then V.__index, V.__newindex = { z = 7 }, nil
  elseif i == 250 then V.__gc = function() log.collected = true end
  elseif i == 260 then collectgarbage() V.__index, V.__gc = V, nil
  elseif i == 270 then V.__metatable = "locked" end
  a.n = i
  local ok, m = pcall(setmetatable, a, V)
  if i % 50 == 5 then log[#log + 1] = tostring(a.z) .. " " .. dump(a) .. tostring(m) end
end
V.__metatable = nil
collectgarbage()
print(table.concat(log, "; "), log.collected)

-- errors, yields, hooks and protected calls with such tables in variables
local function work(n, at, what)
  local trace, sum = {}, 0
  for i = 1, n do
    local a = vec(i, { i })
    local ok, v = pcall(function(p)
      local b = a + vec(p, 1) -- an error: the sum of tables
      return b
    end, i)
    if ok then sum = sum + 1 else sum = sum + #a.y end
    local t = { a, n = a.y }
    if i == at then trace[1] = what(t, a) end
    t[1].x = t[1].x + 1
    sum = sum + a.x
  end
  return sum, trace[1]
end
print(pcall(work, 200, 150, function(t) error("stop " .. dump(t)) end))
print(work(200, 150, function(t, a) a.y.n = 5 return dump(t) end))
local co = coroutine.create(work)
print(coroutine.resume(co, 200, 150, function(t) t.n[1] = coroutine.yield(dump(t)) return dump(t) end))
print(coroutine.resume(co, 77))
local seen = 0
print(work(200, 150, function()
  debug.sethook(function() seen = seen + 1 local k, v = debug.getlocal(2, 1) if seen == 40 then debug.sethook() end end, "l")
end), seen)
local locals
print(work(200, 150, function()
  local names = {}
  for n = 1, 20 do
    local k, v = debug.getlocal(2, n)
    if k and type(v) == "table" and k ~= "(temporary)" then names[#names + 1] = k .. dump(v) if k == "a" then v.x = 1000 end end
  end
  locals = table.concat(names, " ")
end), locals)

-- functions that call themselves, and such that C functions call
local function tree(n) if n == 0 then return { x = 0 } end local l, r = tree(n - 1), tree(n - 1) return { x = l.x + r.x + 1, y = vec(n, l) } end
local function depth(v, n) if n == 0 then return v.x end return depth({ x = v.x + 1, y = v }, n - 1) + 1 end
local function apply(v, n) if n == 0 then return v end return apply(vec(v.x + n, v), n - 1) end
for i = 1, 40 do sum = sum + tree(5).x + depth({ x = i }, 12) + apply({ x = 1 }, 9).x end
print(sum, dump(apply({ x = 1 }, 2)), dump(tree(2)))
local list = {}
for i = 1, 200 do list[i] = { x = i * 37 % 101, y = i } end
table.sort(list, function(a, b)
  local p, q = { a.x, a.y }, { b.x, b.y }
  if p[1] ~= q[1] then return p[1] < q[1] end
  return vec(p[2], 0).x < vec(q[2], 0).x
end)
print(list[1].y, list[100].y, list[200].y)
print((("x"):rep(300):gsub(".", function(ch) local t = { c = ch, n = { 1 } } return t.n[1] .. t.c end):sub(1, 10)))

-- deep in the stack, where frames and slots are missing
local function deep(n)
  if n > 0 then return (deep(n - 1)) end
  local s, last = 0, nil
  for i = 1, 100 do
    local a = { x = i, y = { i } }
    if i == 80 then last = a end
    s = s + a.y[1]
  end
  return s .. dump(last)
end
for _, n in ipairs { 1, 50, 150 } do print(deep(n)) end

-- values that only such tables refer to are not collected, others are
local weak = setmetatable({}, { __mode = "v" })
for i = 1, 200 do
  local a = { x = { i }, y = "s" .. i }
  weak[1] = a.x
  if i % 40 == 0 then collectgarbage() assert(weak[1] == a.x and a.x[1] == i and a.y == "s" .. i) end
end
collectgarbage()
print(weak[1])
-- exits that make tables and little else give the collector its turn
collectgarbage() collectgarbage("generational") collectgarbage("incremental")
local before, most = collectgarbage("count"), 0
for i = 1, 300000 do
  local a = { x = i, y = { i, i } }
  if (i & 1) == ((i >> 1) & 1) then seen = a elseif i % 1000 == 0 then most = math.max(most, collectgarbage("count")) end
end
print(most < before + 20000)
