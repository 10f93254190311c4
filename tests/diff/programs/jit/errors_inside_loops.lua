-- Errors inside hot loops, caught outside and inside, with positions, names of variables and tracebacks.
local function outside(f) print(pcall(f)) print(xpcall(f, debug.traceback)) end
outside(function() for i = 1, 400 do if i == 300 then error("explicit") end end end)
outside(function() for i = 1, 400 do if i == 300 then error("explicit", 2) end end end)
outside(function() for i = 1, 400 do if i == 300 then error({}, 2) end end return 1 end and function() error("plain", 0) end)
outside(function() local t = {} for i = 1, 400 do if i == 300 then t = nil end t.x = i end end)
outside(function() local t = { y = {} } for i = 1, 400 do if i == 300 then t.y = nil end t.y.x = i end end)
outside(function() local a = 1 for i = 1, 400 do if i == 300 then a = {} end a = a + i end end)
outside(function() local a = 1 for i = 1, 400 do if i == 300 then a = "x" end a = a + i end end)
outside(function() local a = 1 for i = 1, 400 do if i == 300 then a = 1.5 end local b = a | i end end)
outside(function() local a = 1 for i = 1, 400 do if i == 300 then a = nil end local b = a < i end end)
outside(function() local a = 1 for i = 1, 400 do if i == 300 then a = {} end local b = i .. a end end)
outside(function() local a = {} for i = 1, 400 do if i == 300 then a = 5 end local b = #a end end)
outside(function() local f = function() end for i = 1, 400 do if i == 300 then f = 5 end f() end end)
outside(function() local s = "x" for i = 1, 400 do if i == 300 then s = {} end s:len() end end)
outside(function() local d = 1 for i = 1, 400 do if i == 300 then d = 0 end local q = i // d end end)
outside(function() local d = 1 for i = 1, 400 do if i == 300 then d = 0 end local q = i % d end end)
outside(function() for i = 1, 400 do local k = 1 if i == 300 then k = 0 end for j = 1, 3, k do end end end)
outside(function() for i = 1, 400 do local k = 1 if i == 300 then k = "z" end for j = 1, k do end end end)
outside(function() for i = 1, 400 do string.rep("x", i == 300 and "y" or 1) end end)
outside(function() for i = 1, 400 do setmetatable(i == 300 and i or {}, {}) end end)
outside(function() for i = 1, 400 do (i == 300 and nil or tostring)(i) end end)
outside(function() for i = 1, 400 do for k in (i == 300 and 5 or pairs({})), {} do end end end)
local function deep(n, i) if n == 0 then if i == 300 then error "deep" end return i end return deep(n - 1, i) + 1 end
outside(function() local s = 0 for i = 1, 400 do s = s + deep(5, i) end end)
local function tailed(n, i) if n == 0 then if i == 300 then local x = nil + 1 end return i end return tailed(n - 1, i) end
outside(function() local s = 0 for i = 1, 400 do s = s + tailed(5, i) end end)
local mt = { __index = function(_, k) if k == 300 then error("in __index") end return k end }
outside(function() local t, s = setmetatable({}, mt), 0 for i = 1, 400 do s = s + t[i] end end)
-- caught inside, and the loop goes on
local caught, s = {}, 0
for i = 1, 500 do
  local ok, m = pcall(function(x) if x % 100 == 50 then error("at " .. x) elseif x % 100 == 51 then return x.y.z end return x end, i)
  if ok then s = s + (m or 0) else caught[#caught + 1] = tostring(m) end
end
print(s, table.concat(caught, "; "))
local n = 0
for i = 1, 500 do
  local ok = pcall(pcall, error, i)
  local ok2, ok3, m = pcall(pcall, error, i)
  if ok and ok2 and not ok3 and m == i then n = n + 1 end
end
print(n)
-- nested pcalls with loops at each level
local function level(k, i)
  if k == 0 then
    local t = 0
    for j = 1, 20 do t = t + j if i == 50 and j == 15 then error("level 0: " .. t) end end
    return t
  end
  local ok, r = pcall(level, k - 1, i)
  if k == 3 then return ok, r end
  if not ok and k == 2 then error(r, 0) end
  if not ok then error(r .. "+" .. k, 0) end
  return r
end
local bad = 0
for i = 1, 100 do local ok, r = level(3, i) if not ok then bad = bad + 1 print(r) end end
print(bad)
-- xpcall with a handler that runs a loop, and one that fails
print(xpcall(function() for i = 1, 400 do if i == 300 then error("x") end end end, function(m) local t = 0 for i = 1, 300 do t = t + i end return m .. t end))
print(xpcall(function() for i = 1, 400 do if i == 300 then error("x") end end end, function(m) for i = 1, 400 do if i == 300 then m = nil .. m end end end))
-- warnings, error objects with __tostring and values of all kinds
for _, v in ipairs { 1, 2.5, "s", true, setmetatable({}, { __tostring = function() return "object" end }) } do
  local ok, m = pcall(function() for i = 1, 400 do if i == 300 then error(v) end end end)
  print(ok, tostring(m))
end
print(select("#", pcall(function() for i = 1, 400 do if i == 300 then error(nil) end end end)))
