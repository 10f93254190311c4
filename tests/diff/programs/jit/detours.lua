-- Loops whose first compiled round is not the usual one: another type first, the rare branch first, branches in turn; in
-- nests, with tables that change, with errors and yields on the way that becomes the usual one.
local function sum(t) local s = 0 for i = 1, #t do s = s + t[i] end return s end
local ints, floats, mixed = {}, {}, {}
for i = 1, 40 do ints[i], floats[i], mixed[i] = i, i + 0.5, i % 3 == 0 and i or i / 2 end
for round = 1, 3 do
  print(sum(ints)) for _ = 1, 100 do sum(floats) end
  print(sum(floats), sum(mixed)) for _ = 1, 100 do sum(mixed) end
  print(sum(mixed), sum(ints))
end

local function branches(n, rare)
  local a, b, c = 0, 0, 0
  for i = 1, n do
    if i < rare then a = a + 1 elseif i % 2 == 0 then b = b + i else c = c + 0.5 end
  end
  return a, b, c
end
print(branches(40, 30)) print(branches(4000, 5)) print(branches(300, 200)) print(branches(4000, 1))

local function nest(n)
  local total = 0
  for i = 1, n do
    local x = i < 9 and 1 or 1.5
    for j = 1, i % 4 do
      if j == 3 and i > 20 then total = total + x else total = total - j end
    end
    if i > n // 2 then total = total + #tostring(i) end
  end
  return total
end
for _ = 1, 5 do print(nest(500)) end

local points = {}
for i = 1, 200 do points[i] = i < 10 and { x = i, y = 0 } or { y = i / 4, x = i, z = 1 } end
local function shift(by)
  local far = 0
  for i = 1, #points do
    local p = points[i]
    p.x = p.x + by
    p.y = p.y + p.x * 2
    if p.z and p.x > 100 then far = far + p.z end
  end
  return far
end
for i = 1, 30 do shift(i % 2 == 0 and 1 or 0.25) end
print(shift(1), points[5].x, points[150].y)

local function failing(n)
  local done = 0
  for i = 1, n do
    if i <= 60 then done = done + 1
    elseif i == n - 1 then error("at " .. i, 0)
    else done = done + (i % 2 == 0 and 2 or 3) end
  end
  return done
end
for n = 62, 4000, 1311 do print(pcall(failing, n)) end

local co = coroutine.wrap(function()
  local s = 0
  for i = 1, 6000 do
    if i < 70 then s = s + 1 else s = s + 0.5 end
    if i % 1500 == 0 then coroutine.yield(s) end
  end
  return s
end)
print(co(), co(), co(), co())

local log = {}
for i = 1, 400 do
  local key = i < 60 and "early" or i % 50 == 0 and "rare" or "usual"
  log[key] = (log[key] or 0) + 1
  if key == "rare" then setmetatable(log, { __index = function() return 100 end }) log.new = log.new + 1 log.new = nil end
end
print(log.early, log.rare, log.usual)

local k, steps = 7, 0
while steps < 9000 do
  k = (steps < 50 or k % 2 == 0) and k * 3 + 1 or k // 2 + 11
  if k > 1000000 then k = k % 1000 + 0.0 end
  steps = steps + 1
end
print(k, steps)
