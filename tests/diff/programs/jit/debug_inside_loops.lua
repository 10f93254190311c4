-- The debug library looks at frames of compiled loops, and changes their variables.
local function locals(level)
  local r = {}
  for i = 1, 30 do
    local name, v = debug.getlocal(level + 1, i)
    if not name then break end
    r[#r + 1] = name .. "=" .. (type(v) == "table" and "table" or type(v) == "function" and "function" or tostring(v))
  end
  return table.concat(r, " ")
end
local function look(i) if i % 100 == 99 then print(locals(2)) end end
for i = 1, 400 do
  local a, b = i * 2, "s" .. i
  do local c = { i } look(i) end
  local d = a + 0.5
  look(i)
end
local k, v = 0, nil
for key, value in pairs { 10, 20, 30, x = 1 } do k = k + 1 v = value if k == 2 then print(locals(1)) end end
local t = {}
for i = 1, 300 do t[i] = i end
for i, e in ipairs(t) do look(i) end
local w = 0
while w < 300 do w = w + 1 local q = w look(w) end
-- setlocal from a called function
local function change(i, name, new)
  for n = 1, 30 do
    local found = debug.getlocal(2, n)
    if not found then break end
    if found == name then debug.setlocal(2, n, new) return end
  end
end
local x = 0
for i = 1, 400 do
  if i == 200 then change(i, "x", 1000) elseif i == 300 then change(i, "x", 0.25) elseif i == 350 then change(i, "x", "12") end
  x = x + 1
end
print(x)
local function always(i) if i >= 200 then debug.setlocal(2, 1, i) end end
local function loop() local acc = 0 for i = 1, 400 do always(i) acc = acc + 1 end return acc end
print(loop())
local function hidden(new) local rounds = 0 for i = 1, 400 do rounds = rounds + 1 if rounds == 300 then change(i, "(for state)", new) end end return rounds end
print(hidden(390), hidden(1))
-- tracebacks from a function called in the loop, from inlined frames and tail calls
local function trace(i) if i == 300 then print((debug.traceback("here"):gsub("\n[^\n]*%[C%][^\n]*", ""))) end end
local function one(i) trace(i) return i end
local function two(i) local r = one(i) return r end
local function three(i) return two(i) end
for i = 1, 400 do two(i) end
for i = 1, 400 do three(i) end
-- getinfo of frames in compiled code
local function info(i)
  if i ~= 300 then return end
  for level = 1, 3 do
    local a = debug.getinfo(level, "Slnutfr")
    print(level, a.short_src:match "[^/]*$", a.currentline, a.name, a.namewhat, a.what, a.nups, a.nparams, a.isvararg, a.istailcall, a.ftransfer, a.ntransfer)
  end
end
local function caller(i, ...) info(i) return ... end
for i = 1, 400 do caller(i, 1, 2) end
local function varlocals(...) local n = 0 for j = -1, -5, -1 do local name, val = debug.getlocal(1, j) if name then n = n + val end end return n end
local s = 0
for i = 1, 300 do s = s + varlocals(i, 1, 2) end
print(s)
-- getinfo with "r" and "L", activelines of a function with a hot loop
local function g() local a = 0 for i = 1, 300 do
  a = a + i end return a end
g()
local lines = {}
for l in pairs(debug.getinfo(g, "L").activelines) do lines[#lines + 1] = l - debug.getinfo(g, "S").linedefined end
table.sort(lines)
print(table.concat(lines, " "))
-- upvalues and metatables changed by the debug library
local up = 1
local function reader() return up end
local r = 0
for i = 1, 400 do if i == 200 then debug.setupvalue(reader, 1, 2.5) elseif i == 300 then debug.setmetatable(1, { __index = { five = 5 } }) end r = r + reader() + (i >= 300 and (5).five or 0) end
debug.setmetatable(1, nil)
print(r)
local u = 0
for i = 1, 400 do
  if i == 200 then debug.setmetatable(nil, { __index = function() return 1 end, __add = function(_, b) return b end }) end
  local n = nil
  if i >= 200 then u = n.field + u u = n + u end
end
debug.setmetatable(nil, nil)
print(u)
