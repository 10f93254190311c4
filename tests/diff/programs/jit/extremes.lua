-- math.min and math.max of several numbers, string.byte from both ends: in loops, with what makes them fail or change.
local nan, inf = 0 / 0, math.huge
local rows = {
  { 1, 2, 3 }, { 3, 2, 1 }, { 2, 3, 1 }, { 1.5, 2.5, 0.5 }, { 0.0, -0.0, 0.0 }, { -0.0, 0.0, -0.0 },
  { nan, 1.0, 2.0 }, { 1.0, nan, 2.0 }, { 1.0, 2.0, nan }, { inf, -inf, 0.0 },
  { 1, 2.0, 3 }, { 1, 1.0, 1 }, { math.maxinteger, math.mininteger, 0 }, { math.maxinteger, 2 ^ 63, 0 },
}
local function show(...)
  local out = {}
  for i = 1, select("#", ...) do
    local v = select(i, ...)
    out[i] = v ~= v and "nan" or math.type(v) .. ":" .. tostring(v)
  end
  return table.concat(out, " ")
end
for _, row in ipairs(rows) do
  local a, b, c = row[1], row[2], row[3]
  local least, most, one, two
  for _ = 1, 40 do
    least, most, one, two = math.min(a, b, c), math.max(a, b, c), math.min(a), math.max(c, a)
  end
  print(show(least, most, one, two))
end
for round = 1, 3 do
  local seen = {}
  for i = 1, 60 do
    local row = rows[(i * round) % #rows + 1]
    seen[#seen + 1] = show(math.max(row[1], row[2], row[3], row[1]), math.min(row[3], row[2], row[1]))
  end
  print(table.concat(seen, ";"))
end
print(pcall(function()
  local x
  for i = 1, 60 do x = math.max(i, 5, i == 50 and "7" or 3, i == 55 and {} or 1) end
  return x
end))
print(pcall(function()
  for _ = 1, 60 do math.min() end
end))

local words = { "a", "bc", "", "def", ("long"):rep(20), "\0\255" }
for _, at in ipairs { 1, 2, 3, -1, -2, -3, 0, 80, -80, math.maxinteger, math.mininteger } do
  local out = {}
  for round = 1, 20 do
    for _, w in ipairs(words) do
      local one, first = w:byte(at), w:byte()
      if round == 20 then out[#out + 1] = tostring(one) .. "/" .. tostring(first) end
    end
  end
  print(at, table.concat(out, " "))
end
for _, w in ipairs(words) do
  local sum = 0
  for i = -#w, #w do sum = sum * 31 + (w:byte(i) or -1) end
  for i = #w + 2, -#w - 2, -1 do sum = sum * 31 + (w:byte(i) or -1) end
  print(sum)
end
