-- A table gets a metatable, a metatable gets a metamethod, and both go again, while a loop is hot.
local log
local function note(...) log[#log + 1] = table.concat({ ... }, ",") end
local function run(change, back)
  log = {}
  local t, mt = { 1, 2, 3, x = 1 }, {}
  local s, n = 0, 0
  local ok, m = pcall(function()
    for i = 1, 500 do
      if i == 300 then change(t, mt) elseif i == 305 then back(t, mt) end
      local v = t.missing
      if v then n = n + 1 end
      t["k" .. i % 3] = i
      t.new = nil
      if i >= 300 and i < 303 then t.brand = i end
      t.brand = nil
      s = s + #t + (t[4] or 0)
    end
  end)
  print(ok, m, s, n, #log, table.concat(log, " "), rawget(t, "brand"))
end
local index = function(_, k) note("index", k) return 10 end
local newindex = function(t, k, v) note("newindex", k, tostring(v)) rawset(t, k, v) end
run(function(t) setmetatable(t, { __index = index }) end, function(t) setmetatable(t, nil) end)
run(function(t) setmetatable(t, { __newindex = newindex }) end, function(t) setmetatable(t, nil) end)
run(function(t) setmetatable(t, { __len = function() note "len" return 100 end }) end, function(t) setmetatable(t, nil) end)
run(function(t) setmetatable(t, { __index = { missing = 1, [4] = 4 } }) end, function(t) setmetatable(t, nil) end)
run(function(t, mt) setmetatable(t, mt) mt.__index = index end, function(_, mt) mt.__index = nil end)
run(function(t, mt) setmetatable(t, mt) end, function(_, mt) mt.__index = index mt.__newindex = newindex end)
run(function(t) setmetatable(t, { __index = error }) end, function(t) setmetatable(t, nil) end)
run(function(t) setmetatable(t, { __newindex = {} }) end, function(t) setmetatable(t, nil) end)
-- the metatable is there from the start; its fields change
local mt = {}
local o = setmetatable({}, mt)
local out = {}
for i = 1, 900 do
  if i == 200 then mt.__index = { f = 1 }
  elseif i == 300 then mt.__index.f = 2
  elseif i == 400 then setmetatable(mt.__index, { __index = function(_, k) return k == "g" and 3 or nil end })
  elseif i == 500 then mt.__index = function(_, k) return k .. "!" end
  elseif i == 600 then mt.__index = nil
  elseif i == 700 then rawset(o, "f", 8)
  elseif i == 800 then mt.__index = { g = 9 } rawset(o, "f", nil) end
  local f, g = o.f, o.g
  if i % 100 == 10 then out[#out + 1] = tostring(f) .. "/" .. tostring(g) end
end
print(table.concat(out, " "))
-- __eq, __lt, __le, __concat, __call, __unm, __bnot, arithmetic come late
local function make(event, f) return function(a) getmetatable(a)[event] = f end end
local ops = {
  __eq = function(a, b) return a == b end, __lt = function(a, b) return a < b end, __le = function(a, b) return a <= b end,
  __concat = function(a, b) return a .. b end, __call = function(a) return a(1) end, __unm = function(a) return -a end,
  __bnot = function(a) return ~a end, __len = function(a) return #a end, __idiv = function(a, b) return a // b end,
  __shl = function(a) return a << 1 end, __mod = function(a) return 3 % a end, __pow = function(a) return a ^ 2 end,
}
local names = {}
for name in pairs(ops) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do
  local a, b = setmetatable({}, {}), setmetatable({}, {})
  local op, results = ops[name], {}
  for i = 1, 400 do
    if i == 200 then make(name, function() return 42 end)(a) getmetatable(b)[name] = getmetatable(a)[name]
    elseif i == 300 then make(name, nil)(a) make(name, nil)(b) end
    local ok, r = pcall(op, a, b)
    if i % 100 == 50 then results[#results + 1] = tostring(ok) .. " " .. (type(r) == "table" and "table" or tostring(r)) end
  end
  print(name, table.concat(results, "; "))
end

-- metatables made for each table
do
  local hits = 0
  local function count(t, k, v) hits = hits + 1 rawset(t, k, v) end
  for i = 1, 400 do
    local t = setmetatable({}, { __mode = "k" })
    t[i] = i
    local u = setmetatable({}, i > 350 and { __newindex = count } or { __mode = "v" })
    u[i] = t
    assert(rawget(u, i) == t)
    local w = setmetatable({}, { __index = i > 300 and { x = i } or nil })
    if w.x then hits = hits + w.x end
    local mt = {}
    local a, b = setmetatable({}, mt), setmetatable({}, mt)
    if i > 380 then mt.__eq = function() return true end end
    if a == b then hits = hits + 1 end
    a.x = 1
    mt.__newindex = i % 2 == 0 and count or nil
    a.y = 2
  end
  print(hits)
end
