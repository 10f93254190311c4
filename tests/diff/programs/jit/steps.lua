-- Numeric loops whose step compiled code takes for the constant that it was: constants, those that one of several ways
-- leads to, and steps that change behind its back; and arrays that end before, at and behind the loop's limit.

local function sum(n, by)
  local s, rounds = 0, 0
  for i = 1, n, by and 2 or 3 do
    s, rounds = s + i, rounds + 1
  end
  return s .. "/" .. rounds
end
for k = 1, 40 do
  io.write(sum(30, k % 7 ~= 0), " ")
end
print()

local function changed(at, to)
  local seen = {}
  for i = 1, 40 do
    seen[#seen + 1] = i
    if i == at then
      -- The hidden variables of the loop come before its own.
      for n = 1, 20 do
        local name = debug.getlocal(1, n)
        if name == "(for state)" and select(2, debug.getlocal(1, n + 2)) == 1 then
          debug.setlocal(1, n + 2, to)
          break
        end
      end
    end
  end
  return #seen .. ":" .. seen[#seen]
end
for _, at in ipairs {100, 100, 100, 5, 30, 39, 40} do
  print(at, changed(at, 2), changed(at, 3))
end

-- An array that ends before the limit does, at it, behind it; longer and shorter ones where the loop is compiled already.
local function search(t, limit)
  local s = 0
  for i = 1, limit do
    local v = t[i]
    if v == nil then return "nil at " .. i .. ", " .. s end
    s = s + v
  end
  return "all, " .. s
end
local function made(n)
  local t = {}
  for i = 1, n do t[i] = i * 3 end
  return t
end
for _, order in ipairs {{50, 60}, {60, 60}, {100, 60}, {59, 60}, {61, 60}, {3, 60}, {0, 60}, {64, 64}, {63, 64}, {65, 64}} do
  for _ = 1, 3 do
    print(order[1], order[2], search(made(order[1]), order[2]))
  end
end
local long = made(200)
for limit = 180, 210 do
  print(limit, search(long, limit))
end
print(search(long, math.maxinteger))

-- Neighbours.
local function shift(t, from, to, by)
  for i = from, to do
    t[i], t[i + by] = t[i + by], t[i - by]
    t[i + 1] = t[i - 1]
  end
  return t
end
for by = 0, 5 do
  local t = shift(made(80), 8, 70, by)
  print(by, table.concat(t, " "))
end

-- Holes, and a key that is removed at the end while the loop runs.
local holes = made(60)
for i = 60, 31, -1 do holes[i] = nil end
print(search(holes, 60), #holes)
local function pop(t, limit)
  local n = 0
  for i = 1, limit do
    if t[i] then n = n + 1 end
    if i % 2 == 0 then t[#t] = nil end
  end
  return n .. "," .. #t
end
print(pop(made(50), 50), pop(made(33), 50), pop(made(64), 64))

-- Elements as bytes, booleans, tables, strings: tags and payloads at the same key.
local mixed = {}
for i = 1, 60 do
  mixed[i] = i % 5 == 0 and {i} or i % 5 == 1 and "s" .. i or i % 5 == 2 and i + 0.5 or i % 5 == 3 and i or i % 2 == 0
end
for round = 1, 3 do
  local out = {}
  for i = 1, 60 do
    local v = mixed[i]
    out[#out + 1] = type(v) == "table" and "t" .. v[1] or tostring(v)
    mixed[i], mixed[61 - i] = mixed[61 - i], v
  end
  print(table.concat(out, " "))
end
