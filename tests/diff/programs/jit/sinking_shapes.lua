-- Which keys are where in a table that is made late: lengths, borders, orders of traversal, all kinds of keys and constructors.
local function order(t)
  local out = {}
  for k, v in pairs(t) do out[#out + 1] = tostring(k) .. "=" .. (type(v) == "table" and "t" or tostring(v)) end
  return table.concat(out, " ")
end
-- Only integer keys: the order of strings depends on addresses and seeds.
local makers = {
  function(i) return {} end,
  function(i) return { i } end,
  function(i) return { i, nil, i } end,
  function(i) return { nil, nil, i } end,
  function(i) return { i, nil } end,
  function(i) return { nil } end,
  function(i) return { [1] = i } end,
  function(i) return { [2] = i, i } end,
  function(i) return { [1] = i, i + 1 } end,
  function(i) return { i, [1] = i + 1, [2] = i } end,
  function(i) return { [3] = i, [2] = 1, [1] = 5 } end,
  function(i) return { [10] = i, [-1] = 1, [0] = 5, [math.maxinteger] = 2, [math.mininteger] = 3 } end,
  function(i) return { [1.0] = i, [2^53] = 2, [-0.0] = 3 } end,
  function(i) return { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, i } end,
  function(i) return { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, i } end,
  function(i) return { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, i } end,
  function(i) return { (function(...) return ... end)(i, i, i) } end,
  function(i) return { i, (function(...) return ... end)() } end,
  function(i) return { i, i, (function(...) return ... end)(nil, i) } end,
  function(i) return { [4] = i, (function(...) return ... end)(1, 2, 3) } end,
  function(i) local t = {} t[1] = i return t end,
  function(i) local t = {} t[1] = i t[2] = i t[3] = i return t end,
  function(i) local t = {} t[3] = i t[2] = i t[1] = i return t end,
  function(i) local t = { i } t[2] = i t[4] = i return t end,
  function(i) local t = { i, i } t[1] = nil return t end,
  function(i) local t = { i, i } t[2] = nil return t end,
  function(i) local t = { i, i } t[2] = nil t[2] = i return t end,
  function(i) local t = { [5] = i } t[5] = nil t[5] = 2 return t end,
  function(i) local t = { [5] = i, [6] = i } t[5] = nil t[7] = 2 return t end,
  function(i) local t = { i } t[#t + 1] = i t[#t + 1] = i return t end,
  function(i) local t = { i, i, i, i } t[4] = nil t[3] = nil return t end,
  function(i) local t = { n = i } t.n = nil return t end,
  function(i) local t = { n = nil, i } return t end,
}
for n, make in ipairs(makers) do
  local sum, last = 0, nil
  for i = 1, 40 do
    local t = make(i)
    sum = sum + #t + (t[1] or 100) + (t[2] or 1000) + (t[i] or 0) + (t[1.0] or 1)
    if i % 10 == 0 then last = t end
    if i == 35 then t[#t + 1] = "new" last = t end
  end
  print(n, sum, #last, rawlen(last), order(last))
end

-- strings: all of them, in any order
local function sorted(t)
  local out = {}
  for k, v in pairs(t) do out[#out + 1] = tostring(k) .. "=" .. tostring(v) end
  table.sort(out)
  return table.concat(out, " ")
end
local last
for i = 1, 60 do
  local t = {}
  t.a = i t.b = i t.c = i t.d = i t.e = i t.a = 1
  local u = { x = i, y = i, [true] = i, [false] = 2, ["a string of more than forty characters, which is long"] = i }
  u.z = t.a + t.e
  u.x = nil
  if i % 7 == 0 then last = { t, u } end
end
print(sorted(last[1]), sorted(last[2]))
-- more keys than are kept, more tables than an exit makes
for i = 1, 60 do
  local t = { a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10, k = 11, l = 12, m = 13, n = 14, o = 15, p = 16, q = 17, r = i }
  local u = {}
  u.a = 1 u.b = 2 u.c = 3 u.d = 4 u.e = 5 u.f = 6 u.g = 7 u.h = 8 u.i = 9 u.j = 10 u.k = 11 u.l = 12 u.m = 13 u.n = 14 u.o = 15 u.p = 16 u.q = i
  local a, b, c, d, e, f, g, h = { i, i, i, i }, { i, i, i, i }, { i, i, i, i }, { i, i, i, i }, { i, i, i, i }, { i, i, i, i }, { i, i, i, i }, { i, i, i, i }
  a[1], b[1], c[1] = b, c, d
  if i % 9 == 0 then last = { t, u, a, h, e } end
end
print(sorted(last[1]), sorted(last[2]), last[3][1][1][1][4], last[4][4], last[5][1])
-- constructors inside each other: the outer tables get their keys when the inner ones are there already
local function nested(depth, keys)
  local text = "i"
  for d = 1, depth do
    local fields = { "a = " .. text }
    for k = 2, keys do fields[k] = "k" .. k .. " = i + " .. d end
    text = "{ " .. table.concat(fields, ", ") .. " }"
  end
  return assert(load("local n, last = 0, nil for i = 1, 60 do local t = " .. text .. " n = n + t.k" .. keys
    .. " if i % 8 == 0 then last = t end if i == 33 then n = n + 0.5 end end return n, last"))()
end
for depth = 1, 18 do
  for _, keys in ipairs { 2, 3, 7, 16, 17 } do
    local n, t = nested(depth, keys)
    local sum = 0
    while type(t) == "table" do sum = sum + t["k" .. keys] t = t.a end
    if (depth + keys) % 5 == 0 then print(depth, keys, n, sum, t) end
  end
end
-- keys that are not the same each time, nil and NaN as keys
for i = 1, 60 do
  local t = { 10, 20, 30, x = 1, y = 2 }
  local k = i % 2 == 0 and "x" or "y"
  last = t[i % 4] or t[k]
  t[i % 5 + 1] = i
  t[k] = last
  local ok, m = pcall(function() if i == 50 then t[nil] = 1 elseif i == 55 then t[0 / 0] = 2 end end)
  if not ok then print(i, m) end
  last = t
end
print(sorted(last))
