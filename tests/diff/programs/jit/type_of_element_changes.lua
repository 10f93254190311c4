-- Elements of a table that a hot loop reads, and those that it writes, change their types.
local function replaced(v)
  local t = {}
  for i = 1, 400 do t[i] = i end
  t[333] = v
  local n, kinds = 0, {}
  for i = 1, 400 do
    local e = t[i]
    if e then n = n + 1 end
    kinds[type(e)] = (kinds[type(e)] or 0) + 1
  end
  local ok, m = pcall(function()
    local s = 0
    for i = 1, 400 do s = s + t[i] end
    return s
  end)
  print(n, kinds.number, kinds.string, kinds["nil"], kinds.boolean, kinds.table, ok, m)
end
for _, v in ipairs { 1, 2.5, "3", "x", true, false, {} } do replaced(v) end
replaced(nil)
-- written elements
local t = {}
for i = 1, 300 do t[i] = 0 end
local v = 1
for round = 1, 4 do
  for i = 1, 300 do
    if i == 200 then v = ({ 1.5, "s", nil, true })[round] end
    t[i] = v
    if i == 250 then v = round end
  end
  local c = {}
  for i = 1, 300 do local k = math.type(t[i]) or type(t[i]) c[k] = (c[k] or 0) + 1 end
  print(round, c.integer, c.float, c.string, c["nil"], c.boolean)
end
-- numbers that become other numbers in place
local f = {}
for i = 1, 300 do f[i] = i end
for i = 1, 300 do f[i] = f[i] * (i > 200 and 0.5 or 2) end
print(f[1], f[200], f[201], f[300], math.type(f[300]), math.type(f[1]))
