-- Loops over `next`: through array parts, nodes, and from the ones to the others; while the table changes under them.

local function contents(t)
  local n, found = 0, {}
  for k, v in pairs(t) do
    n = n + 1
    found[n] = tostring(k) .. "=" .. tostring(v)
  end
  table.sort(found)
  return n, table.concat(found, ",")
end

-- Keys of all kinds, holes in the array part, an array part that ends and begins again.
do
  local t = { x = 1, [0] = 5, [-1] = 6, [2.5] = 3, [true] = false, [("long"):rep(20)] = 1 }
  for i = 1, 20 do t[i] = i end
  for i = 5, 9 do t[i] = nil end
  for round = 1, 60 do
    print(contents(t))
    if round % 3 == 0 then t[20 - round // 3] = nil end
    t[round + 30] = round
  end
end

-- The key 0 lies in the hash part: no element comes behind it.
do
  local t = { [0] = "zero", "one", "two", "three" }
  for round = 1, 60 do
    local seen = {}
    for k, v in pairs(t) do seen[#seen + 1] = k .. v end
    table.sort(seen)
    if round % 20 == 0 then print(table.concat(seen, " ")) end
  end
end

-- Fields are cleared, and written, while the table is traversed.
for round = 1, 60 do
  local t = {}
  for i = 1, 40 do t["k" .. i], t[i] = i, -i end
  local sum = 0
  for k, v in pairs(t) do
    if v % 3 == 0 then t[k] = nil else t[k] = v + 1 end
    sum = sum + v
  end
  if round % 20 == 0 then print(sum, contents(t)) end
  for k in next, t do t[k] = nil end
  assert(next(t) == nil)
end

-- Collected in the middle: dead keys are found.
for round = 1, 30 do
  local t = {}
  for i = 1, 30 do t[{}] = i end
  local n = 0
  for k in pairs(t) do
    t[k] = nil
    k = nil
    if n % 10 == 5 then collectgarbage() end
    n = n + 1
  end
  if round % 10 == 0 then print(n, next(t)) end
end

-- Two loops in turn over one table, and loops in loops over the same and over others: each has a place of its own.
do
  local t, u = {}, {}
  for i = 1, 12 do t["a" .. i], u["b" .. i * 7] = i, i end
  local pairsum = 0
  for round = 1, 30 do
    for _, x in pairs(t) do
      for _, y in pairs(t) do pairsum = pairsum + x * y end
      for _, y in pairs(u) do pairsum = pairsum - y end
    end
  end
  print(pairsum)
  local k, l, n = nil, nil, 0
  repeat
    k = next(t, k)
    l = next(u, l)
    n = n + 1
  until not k or not l
  print(n)
end

-- The table of the loop is another each time, of another shape, or empty.
do
  local shapes = { {}, { 1 }, { a = 1 }, { 1, 2, b = 2, c = 3 }, { nil, 2 }, { [1.5] = 1, [2^53] = 2 } }
  local sums = {}
  for round = 1, 600 do
    local n = 0
    for k, v in pairs(shapes[round % #shapes + 1]) do n = n + v end
    sums[round % #shapes + 1] = n
  end
  print(table.concat(sums, " "))
end

-- The loop's own variables are assigned: the traversal goes by what `next` was given.
do
  local t = {}
  for i = 1, 50 do t["k" .. i] = i end
  local sum = 0
  for round = 1, 20 do
    for k, v in pairs(t) do
      local was = k
      k, v = nil, v * 2
      sum = sum + v + #was
    end
  end
  print(sum)
end

-- Values of many kinds.
do
  local t = { 1, 2.5, "three", true, {}, print }
  t.a, t.b, t.c, t.d = 1, 2.5, "four", false
  local kinds = {}
  for round = 1, 100 do
    for k, v in pairs(t) do
      local kind = math.type(v) or type(v)
      kinds[kind] = (kinds[kind] or 0) + 1
    end
  end
  print(contents(kinds))
end

-- An unknown key, and what is no table.
for round = 1, 60 do
  local ok, message = pcall(function() for k in next, { a = 1 }, "b" do return k end end)
  local none, why = pcall(function() for k in next, round > 30 and 5 or {} do return k end end)
  if round % 30 == 0 then print(ok, message, none, why) end
end

-- A key that is added: what comes then is not defined, but it ends, or raises an error, as every key is met once.
for round = 1, 40 do
  local t = { a = 1, b = 2 }
  local n = 0
  pcall(function()
    for k, v in pairs(t) do
      n = n + 1
      if n > 1000 then error("endless") end
      if v == 1 then t.a = 10 end
    end
  end)
  if round % 20 == 0 then print(n) end
end
