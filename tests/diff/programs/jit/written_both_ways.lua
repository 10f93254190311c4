-- Branches that write to variables of closures, elements and fields: compiled code may write in any case what a way would
-- have written or what is there. Two places that may be one, types that change, elements that come and go, both ways.

local function show(...)
  local out = table.pack(...)
  for i = 1, out.n do
    local v = out[i]
    out[i] = type(v) == "table" and "{" .. table.concat(v, ",") .. "}" or math.type(v) == "float" and ("%.17g"):format(v) or tostring(v)
  end
  return table.concat(out, " ")
end
local function values(n, kind)
  local t = {}
  for i = 1, n do
    local v = (i * 7919) % 101
    t[i] = kind == 1 and v or kind == 2 and v + 0.5 or (i % 3 == 0 and v + 0.0 or v)
  end
  return t
end

-- Minimum, by elements: of one type, of another, of both.
for kind = 1, 3 do
  for other = 1, 3 do
    local a, b = values(60, kind), values(60, other)
    for round = 1, 3 do
      for i = 1, 60 do
        local v = b[(i * round) % 60 + 1]
        if v < a[i] then a[i] = v end
      end
    end
    print(kind, other, show(a))
  end
end

-- The same place twice, written on one way: the later write counts.
local function twice(t, u, i, j, rounds)
  for n = 1, rounds do
    local x = t[i]
    if x < n then
      t[i] = n
      u[j] = n + 100
    end
  end
  return show(t, u)
end
for _, at in ipairs {{1, 2}, {2, 2}, {3, 1}} do
  local t, u = {0, 0, 0}, {0, 0, 0}
  print(twice(t, u, at[1], at[2], 30), twice(t, t, at[1], at[2], 30), twice(u, t, 1, 1, 30))
end

-- Written on one way each.
local function each(t, i, j, rounds)
  for n = 1, rounds do
    local x = t[i]
    if x % 2 == 0 then t[i] = x + 1 else t[j] = x + 3 end
  end
  return show(t)
end
for i = 1, 3 do for j = 1, 3 do print(i, j, each({4, 7, 9}, i, j, 40)) end end

-- Elements that are missing, or of another type, where the other way would have been gone.
local function sparse(t, limit)
  local n = 0
  for i = 1, limit do
    local v = t[i % 7 + 1]
    if v and v > n then n = v end
    if i % 5 ~= 4 then
      local x = t[i % 11 + 1]
      if x == nil then t[i % 11 + 1] = i elseif x < i then t[i % 11 + 1] = i end
    end
  end
  return n .. " " .. #t .. " " .. show(t)
end
print(sparse({1, 2, 3}, 40), sparse({}, 60), sparse({9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, 60))
local mixed = {1, 2, 3, 4, 5, 6, 7, 8}
for i = 1, 80 do
  local v = mixed[i % 8 + 1]
  if v > i % 5 then mixed[i % 8 + 1] = i % 5 end
  if i == 50 then mixed[3] = 0.5 end
  if i == 60 then mixed[4] = -0.0 end
end
print(show(mixed))

-- Fields, with metatables that come late; the table has the field, so nobody is asked.
local o = {max = 0, min = 1000, n = 0}
for i = 1, 90 do
  local v = (i * 37) % 83
  if v > o.max then o.max = v end
  if v < o.min then o.min = v else o.n = o.n + 1 end
  if i == 40 then setmetatable(o, {__newindex = function() error("asked") end, __index = function() error("asked") end}) end
end
print(o.max, o.min, o.n)

-- Variables of closures: one, two that are one, and one that is a register of the loop's function.
local hits, best = 0, 0
local function note(v)
  if v % 3 == 1 then hits = hits + 1 end
  if v > best then best = v end
  if v < 0 then best = -v else hits = hits - 0 end
end
for i = 1, 100 do note((i * 7) % 29 - 5) end
print(hits, best)

local x, y = 0, 0
local function one(v) if v > x then x = v else y = y + v end return y end
local function two() return x, y end
debug.upvaluejoin(one, 1, one, 2)
for i = 1, 60 do one((i * 11) % 17) end
print(x, y, two())

local function captured(n)
  local sum, peak = 0, 0
  local function add(v)
    if v > peak then peak = v end
    if v % 2 == 0 then sum = sum + v else sum = sum - 1 end
  end
  for i = 1, n do
    add(i)
    if sum > 50 then sum = sum - 50 end
    if peak > 30 then peak = 0.5 end
  end
  return sum, peak
end
for n = 10, 50, 10 do print(show(captured(n))) end

-- What `#` finds does not depend on elements that the way not gone would have asked for.
local function border(t, ask)
  for i = 1, 40 do
    local v = t[1]
    if v > i then t[ask] = v - 1 end
  end
  return #t
end
for n = 1, 8 do
  local t = {}
  for i = 1, 16 do t[i] = i + 100 end
  for i = 16, n + 1, -1 do t[i] = nil end
  local function found(...) return (select(2, pcall(border, ...))) end
  print(n, found(t, 8), found(t, n), found({[1] = 0}, 3), found(t, 12))
end
