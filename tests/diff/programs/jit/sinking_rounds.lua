-- Variables that hold a new table in each round, so that the table of one round is there in the next.
local function dump(v, depth)
  if type(v) ~= "table" then return math.type(v) == "float" and ("%.4f"):format(v) or tostring(v) end
  if (depth or 0) > 4 then return "..." end
  local out = {}
  for n = 1, 4 do
    local x = rawget(v, n)
    if x ~= nil then out[#out + 1] = n .. "=" .. dump(x, (depth or 0) + 1) end
  end
  for _, k in ipairs { "x", "y", "n" } do
    local x = rawget(v, k)
    if x ~= nil then out[#out + 1] = k .. "=" .. dump(x, (depth or 0) + 1) end
  end
  return "{" .. table.concat(out, " ") .. "}" .. (getmetatable(v) and "*" or "")
end
local V = {}
V.__index = V
local W = setmetatable({ __index = V }, V)
local function vec(x, y) return setmetatable({ x = x, y = y }, V) end
V.__add = function(a, b) return vec(a.x + b.x, a.y + b.y) end
V.__mul = function(a, k) return vec(a.x * k, a.y * k) end

-- Each runs for so many rounds, and is left in each way: at the end, by `break`, by an error, by a yield.
local N
local loops = {
  function(at) local z = vec(0, 1) for i = 1, N do z = z + vec(i, 0.5) at(i, z) end return z end,
  function(at) local p, v = vec(0, 0), vec(1, 2) for i = 1, N do v = v + vec(0, -1) p = p + v * 2 at(i, p, v) end return p, v end,
  function(at) local a, b = { 1 }, { 2 } for i = 1, N do a, b = { b[1] + i }, { a[1] } at(i, a, b) end return a, b end, -- crosswise
  function(at) local a, b = { 1 }, { 2 } for i = 1, N do a, b = { b[1] }, { a[1] } at(i, a, b) end return a, b end,
  function(at) local a, b = { 1 }, { 2 } for i = 1, N do a, b = b, a at(i, a, b) end return a, b end,
  function(at) local a, b = { 1 }, { 2 } for i = 1, N do local c = { a[1] + 1 } a, b = c, c at(i, a, b) end return a == b, a end, -- the same
  function(at) local a, b = { 1 }, { 2 } for i = 1, N do local c = { a[1] + 1 } a, b = c, i % 5 == 0 and { 3 } or c at(i, a, b) end return a == b, a, b end,
  function(at) local t for i = 1, N do t = { x = i, n = t } at(i, t) end return t end, -- a list that grows
  function(at) local t = { n = {} } for i = 1, N do t = { x = i, n = { x = t.n, y = i } } at(i, t) end return t end,
  function(at) local t = { n = { x = 0 } } for i = 1, N do t = { x = i, n = { x = t.n.x + i } } at(i, t) end return t end,
  function(at) local t = { x = 1 } for i = 1, N do t = i % 2 == 0 and { x = t.x + 1 } or { x = t.x, y = i } at(i, t) end return t end, -- two shapes
  function(at) local t = { x = 1 } for i = 1, N do t = { x = i > 20 and i + 0.5 or i } at(i, t) end return t end, -- two types
  function(at) local t = { x = 1 } for i = 1, N do t = { x = true, y = i > 25, n = nil, "s", 2 } at(i, t) end return t end, -- constants
  function(at) local t = { 0, 0, 0, 0 } for i = 1, N do t = { t[2], t[3], t[4], i } at(i, t) end return t end,
  function(at) local t = vec(1, 1) for i = 1, N do t = setmetatable({ x = t.x + 1, y = 0 }, i > 30 and W or V) at(i, t) end return t end,
  function(at) local t = {} for i = 1, N do t = {} at(i, t) end return t end,
  function(at) local t = {} for i = 1, N do t = {} t.x = i t.y = i t.n = t.x at(i, t) end return t end,
  function(at) local t, s = { 1 }, "" for i = 1, N do t = { s .. i } s = t[1]:sub(-3) at(i, t) end return t, s end,
  function(at) local t = { 1 } local f for i = 1, N do t = { i } if i == 30 then f = function() return t end end at(i, t) end return t, f and f() end,
  function(at) local t, i = { 1 }, 0 while i < N do i = i + 1 t = { t[1] + i } at(i, t) end return t end,
  function(at) local t, i = { 1 }, 0 repeat i = i + 1 local u = { t[1] + i } t = u at(i, t) until i >= N or u[1] < 0 return t end,
  function(at) local t = { 1 } for i, v in ipairs { 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24 } do t = { t[1] + v } at(i, t) end return t end,
  function(at) local t = { 1 } for i = 1, N do for j = 1, 5 do t = { t[1] + j } end t = { t[1] * 2 % 1000 } at(i, t) end return t end,
  function(at) local t = { 1 } for i = 1, N // 4 do local u = t for j = 1, 5 do u = { u[1] + j, n = t } end t = { u[1] % 1000 } at(i, t, u) end return t end,
  function(at) local t = { 1 } for i = 1, N do t = { t[1] + 1 } if i % 3 == 0 then t = { t[1] + 10 } end if i % 5 == 0 then at(i, t) end end return t end,
  function(at) local t = { 1 } local function f() return t[1] end for i = 1, N do t = { f() + 1 } at(i, t) end return t end, -- captured
  function(at) local t <const> = { x = { 0 } } for i = 1, N do t.x = { t.x[1] + i } at(i, t) end return t end,
  function(at) local t = { 1 } for i = N, 1, -1 do t = { t[1] + i, #t, n = i } at(N - i + 1, t) end return t end,
  function(at) local t = { x = 1 } for i = 1, N do local u = t t = { x = u.x + 1 } u.x = 0 t.n = u at(i, t) t.n = nil end return t end,
}
local function nothing() end
local kept
local ways = {
  function() return nothing end,
  function() kept = {} return function(i, t) if i % 13 == 0 then kept[#kept + 1] = t end end end,
  function() return function(i, t, u) if i == 37 then error(dump(t) .. dump(u), 0) end end end,
  function() return function(i, t, u) if i == 37 then t[1], t.x = 1000, 7 end end end,
  function() return function(i, t, u) if i == 37 then coroutine.yield(t, u) end end end,
  function() return function(i, t, u) if i == 37 then collectgarbage() end end end,
  function() return function(i, t, u) if i == 37 then setmetatable(t, { __index = function() return 5 end }) end end end,
  function() return function(i, t, u) if i == 37 then kept = t elseif i == 39 then kept.x, kept[1] = 5, 6 end end end,
  function() return function(i) if i == 37 then
    for n = 1, 10 do
      local k, v = debug.getlocal(2, n)
      if (k == "t" or k == "a" or k == "z") and type(v) == "table" then kept = dump(v) v.x, v[1] = 50, 60 end
    end
  end end end,
}
for n, loop in ipairs(loops) do
  for m, way in ipairs(ways) do
    kept = nil
    for _, count in ipairs { 3, 50 } do
      N = count
      local co = coroutine.create(loop)
      local out = {}
      repeat
        local r = table.pack(coroutine.resume(co, way()))
        for k = 1, r.n do out[#out + 1] = dump(r[k]) end
      until coroutine.status(co) == "dead"
      if kept then out[#out + 1] = dump(kept) end
      print(n, m, table.concat(out, " "))
    end
  end
end
-- without anything in between, for long enough to be compiled with the usual thresholds
local z, p = vec(0.1, 0.1), { 0, 0 }
for i = 1, 20000 do
  z = z * 0.5 + vec(1, i % 3)
  p = { p[2], p[1] + (i & 1) }
  if i % 1000 == 0 then z = vec(z.y, z.x) end
end
print(dump(z), dump(p))
-- values that only the table of this round refers to stay alive
local weak, t = setmetatable({}, { __mode = "v" }), { {} }
for i = 1, 3000 do
  t = { { i }, "s" .. i }
  if i % 500 == 0 then weak[1] = t[1] t[3] = weak end
  if i % 700 == 0 then collectgarbage() end
end
collectgarbage()
print(t[1][1], t[2], weak[1])
-- loops that wait for the collector and make nothing but such tables
for n = 1, 3 do
  local finish = false
  local u = setmetatable({}, { __gc = function() finish = true end })
  if n == 1 then repeat u = {} until finish
  elseif n == 2 then u = nil repeat local a = { 1, x = {} } until finish
  else u = { x = 0 } while not finish do u = { x = u.x + 1 } end end
  print(n, finish)
end
