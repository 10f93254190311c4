-- Functions with hot loops are dumped and loaded: compiled loops leave no mark in the dump.
local function sum(n) local s = 0 for i = 1, n do s = s + i end return s end
local function walk(t) local s = 0 for _, v in pairs(t) do s = s + v end return s end
local function count(n) local i = 0 while i < n do i = i + 1 end repeat i = i - 1 until i <= 0 return i end
local function back(n) local i = 0 ::top:: i = i + 1 if i < n then goto top end return i end
local t = {}
for i = 1, 300 do t[i] = i end
local functions = { sum, walk, count, back }
local arguments = { 300, t, 300, 300 }
local before = {}
for k, f in ipairs(functions) do before[k] = string.dump(f) .. string.dump(f, true) end
for round = 1, 3 do
  for k, f in ipairs(functions) do
    print(k, f(arguments[k]))
    print(string.dump(f) .. string.dump(f, true) == before[k])
  end
end
for k, f in ipairs(functions) do
  for _, strip in ipairs { false, true } do
    local g = load(string.dump(f, strip), "dumped", "b")
    if debug.getupvalue(g, 1) then debug.setupvalue(g, 1, _ENV) end
    for _ = 1, 3 do io.write(tostring(g(arguments[k])), " ") end
    print(string.dump(g, true) == string.dump(f, true))
  end
end
-- dumped while it runs
local self
function self(n)
  local s, d = 0
  for i = 1, n do s = s + i if i == n - 10 then d = string.dump(self) end end
  return s, d
end
local s, d = self(300)
local e
for i = 1, 5 do s, e = self(300) print(s, d == e) end
-- a chunk with hot loops loaded from text again and again
local text = "local n = ... local s = 0 for i = 1, n do s = s + i % 7 end return s"
local total = 0
for i = 1, 50 do total = total + load(text)(300) end
print(total)
