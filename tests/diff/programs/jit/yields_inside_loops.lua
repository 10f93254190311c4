-- Yields inside hot loops: directly, in called functions, in metamethods, iterators, pcall; coroutines that are closed.
local yield, wrap = coroutine.yield, coroutine.wrap
local function drain(f, n)
  local co, out = coroutine.create(f), {}
  for i = 1, n or 1e9 do
    local ok, v = coroutine.resume(co, i)
    out[#out + 1] = tostring(v)
    if not ok or coroutine.status(co) == "dead" then break end
  end
  local head = table.concat(out, " ", 1, math.min(#out, 5))
  print(#out, head, out[#out], coroutine.status(co))
  return co
end
drain(function() local s = 0 for i = 1, 300 do s = s + yield(i) end return s end)
drain(function() local s = 0 for i = 1, 500 do if i % 100 == 0 then s = s + yield(i) end s = s + 1 end return s end)
local function called(i) if i % 50 == 0 then return yield(i) end return i end
drain(function() local s = 0 for i = 1, 500 do s = s + called(i) end return s end)
local function deeper(k, i) if k == 0 then return called(i) end local r = deeper(k - 1, i) return r + 1 end
drain(function() local s = 0 for i = 1, 500 do s = s + deeper(4, i) end return s end)
local function tail(k, i) if k == 0 then return called(i) end return tail(k - 1, i) end
drain(function() local s = 0 for i = 1, 500 do s = s + tail(4, i) end return s end)
drain(function() local s = 0 for i = 1, 500 do local ok, v = pcall(called, i) s = s + v end return s end)
drain(function() local t, s = setmetatable({}, { __index = function(_, k) return called(k) end }), 0 for i = 1, 500 do s = s + t[i] end return s end)
drain(function() local t, s = setmetatable({}, { __add = function(_, k) return called(k) end }), 0 for i = 1, 500 do s = s + (t + i) end return s end)
drain(function() local t, s = setmetatable({}, { __lt = function() return called(50) == 3 end }), 0 for i = 1, 500 do if t < t then s = s + i end end return s end)
drain(function() local t, s = setmetatable({}, { __concat = function(_, k) return called(50) .. "." end }), "" for i = 1, 500 do s = t .. "x" end return s end)
drain(function() local s = 0 for i in function(_, c) c = (c or 0) + 1 called(c) if c <= 500 then return c end end do s = s + i end return s end)
drain(function() local s = 0 for i in wrap(function() for j = 1, 500 do yield(j) end end) do s = s + i if i % 50 == 0 then yield(i) end end return s end)
drain(function() for i = 1, 500 do local c <close> = setmetatable({}, { __close = function() called(i) end }) end return "closed" end)
drain(function() local s = 0 for i = 1, 500 do s = s + select("#", yield(i, i), 1) end return s end)
-- generator in generator
local function gen(n) return wrap(function() for i = 1, n do yield(i) end end) end
local function filter(p, g) return wrap(function() for x in g do if p(x) then yield(x) end end end) end
local t = {}
for x in filter(function(v) return v % 7 == 0 end, filter(function(v) return v % 3 == 0 end, gen(1000))) do t[#t + 1] = x end
print(#t, t[1], t[#t])
-- coroutines killed in the middle of a hot loop
for _, where in ipairs { 1, 150, 299 } do
  local closed = {}
  local co = coroutine.create(function()
    local x <close> = setmetatable({}, { __close = function(_, e) closed[#closed + 1] = "x " .. tostring(e) end })
    for i = 1, 300 do
      local y <close> = setmetatable({}, { __close = function() if i >= where then closed[#closed + 1] = "y" .. i end end })
      if i >= where then yield(i) end
    end
  end)
  local _, v = coroutine.resume(co)
  print(v, coroutine.close(co), coroutine.status(co), table.concat(closed, ","))
end
-- many coroutines run the same loop in turn
local cos, total = {}, 0
for k = 1, 20 do cos[k] = wrap(function(n) local a = 0 for i = 1, 100 do a = a + n n = yield(a) end return a end) end
for round = 1, 100 do for k = 1, 20 do total = total + cos[k](k % 2 == 0 and k or k + 0.5) end end
print(total)
-- close and recreate coroutines in a hot loop
local n = 0
for i = 1, 400 do
  local co = coroutine.create(function() for j = 1, 5 do n = n + 1 yield() end end)
  coroutine.resume(co) coroutine.resume(co)
  if i % 2 == 0 then coroutine.close(co) end
end
print(n)
-- errors across resumes
print(pcall(wrap(function() for i = 1, 400 do if i == 300 then local x = nil .. "" end end end)))
local co = coroutine.create(function() for i = 1, 400 do if i == 300 then error("in coroutine") end end end)
print(coroutine.resume(co))
print(debug.traceback(co))
-- isyieldable and running in a loop
print(wrap(function() local c = 0 for i = 1, 300 do if coroutine.isyieldable() and coroutine.running() then c = c + 1 end end return c end)())
print(pcall(function() for i = 1, 400 do if i == 300 then yield() end end end))
