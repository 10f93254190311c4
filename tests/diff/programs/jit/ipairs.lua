-- Loops over `ipairs`: elements of either part, ends, metatables, tables that change meanwhile, loop variables that are kept.
local function sum(t)
  local s, n = 0, 0
  for i, v in ipairs(t) do s = s + i * v n = n + 1 end
  return s, n
end
local array, hash, mixed = {}, {}, { 1, 2, 3 }
for i = 1, 50 do array[i] = i end
for i = 50, 1, -1 do hash[i] = i end
for i = 4, 40 do mixed[i] = i * 2 end
for _ = 1, 300 do
  sum(array) sum(hash) sum(mixed) sum({}) sum({ 1, nil, 3 })
end
print(sum(array)) print(sum(hash)) print(sum(mixed)) print(sum({})) print(sum({ 1, nil, 3 }))

-- values of other types turn up
local odd = {}
for i = 1, 200 do odd[i] = i % 7 == 0 and tostring(i) or i % 11 == 0 and i + 0.5 or i end
for _ = 1, 20 do
  local strings, total = 0, 0
  for i, v in ipairs(odd) do
    if type(v) == "string" then strings = strings + #v else total = total + v end
  end
  if _ == 20 then print(strings, total) end
end

-- inherited elements, by tables and by a function
local base = { 10, 20, 30, 40 }
local heir = setmetatable({ 1, 2 }, { __index = base })
local squares = setmetatable({}, { __index = function(_, i) if i <= 30 then return i * i end end })
for _ = 1, 200 do sum(heir) sum(squares) end
print(sum(heir)) print(sum(squares))
local late = { 1, 2, 3 }
for round = 1, 300 do
  if round == 250 then setmetatable(late, { __index = { 1, 2, 3, 4, 5 } }) end
  local s = sum(late)
  if round % 100 == 0 or round == 250 then print(round, s) end
end

-- elements come and go in the loop
local growing = { 1 }
for round = 1, 100 do
  local t = { 1, 2, 3 }
  local n = 0
  for i, v in ipairs(t) do
    n = n + v
    if i < 60 then t[#t + 1] = i end
    if i == 50 then t[52] = nil end
  end
  if round == 100 then print(n) end
end

-- closures keep the variables of their round; only one variable; the control is assigned to
local kept = {}
for round = 1, 50 do
  for i, v in ipairs({ "a", "b", "c" }) do kept[i] = function() i = i + 1 return i, v, round end end
end
for i = 1, 3 do print(kept[i]()) print(kept[i]()) end
local count = 0
for _ = 1, 200 do for i in ipairs(array) do count = count + i end end
print(count)
for _ = 1, 100 do for i, v in ipairs(array) do i = i * 2 count = count + i v = nil end end
print(count)

-- tables that nobody else sees, left early, errors inside
local s = 0
for i = 1, 2000 do
  for j, v in ipairs({ i, i + 1, i + 2 }) do
    if v % 5 == 4 then break end
    s = s + v * j
  end
end
print(s)
for i = 1, 300 do
  local ok, e = pcall(function() for j, v in ipairs({ 1, 2, i == 299 and {} or 3 }) do s = s + v end end)
  if not ok then print(i, (e:gsub("^.-:%d+: ", ""))) end
end
print(s, pcall(ipairs))
