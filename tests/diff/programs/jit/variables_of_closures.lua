-- Variables that closures share, which compiled code tells apart by their types: two of one type may be the same one, those
-- of different types are not, until one changes its type.

local function pair(same, a, b)
  local x, y = a, b
  local function get_x() return x end
  local function set_x(v) x = v end
  local function get_y() return y end
  local function set_y(v) y = v end
  if same then return get_x, set_x, get_x, set_x end
  return get_x, set_x, get_y, set_y
end

local function text(v)
  return type(v) == "table" and "table " .. tostring(v.n) or tostring(v)
end

-- One loop for all: what it is compiled for first is not what comes later.
local function run(get_a, set_a, get_b, set_b, value, rounds)
  local out = {}
  for i = 1, rounds do
    local before = get_b()
    set_a(value)
    local after = get_b()
    if type(after) == "table" then after.n = (after.n or 0) + 1 end
    if i % 7 == 0 then set_b(before) end
    if i > rounds - 3 then
      out[#out + 1] = text(before) .. ">" .. text(after) .. ">" .. text(get_a()) .. ">" .. text(get_b())
    end
  end
  return table.concat(out, " ")
end
local values = {1, 2.5, "s", true, false, {}, function() end and 7, 1 << 40, "", {n = 5}}
for _, same in ipairs {false, true} do
  for i, a in ipairs(values) do
    for j, b in ipairs(values) do
      local get_a, set_a, get_b, set_b = pair(same, a, b)
      print(same, i, j, run(get_a, set_a, get_b, set_b, values[(i + j) % #values + 1], 30))
    end
  end
end

-- Counters beside tables, in one function; the variable changes its type in the middle.
local count, list, limit = 0, {}, 50
local function note(v)
  count = count + 1
  list[count % 10 + 1] = v
  if count == limit then count = count + 0.5 end
  return #list
end
local total = 0
for i = 1, 120 do
  local ok, n = pcall(note, i)
  total = total + (ok and n or 1000)
end
print(total, count, table.concat(list, ","))

local kept
local function accumulate(n)
  local sum, parts = 0, {n = 0}
  local function add(v) sum = sum + v parts.n = parts.n + 1 return parts end
  for i = 1, n do
    local p = add(i)
    if i == n - 5 then parts = {n = 1000} end
    if i == n - 3 then sum = 0.25 end
    kept = p
  end
  return sum, parts.n, kept.n
end
for n = 10, 60, 10 do print(accumulate(n)) end
