-- Protected calls in hot loops: what is followed into the function, what is left in the middle of it, what is not followed.
local function repeated(f, n) local r for i = 1, n or 300 do r = table.pack(f(i)) end print(table.unpack(r, 1, r.n)) end

-- results: none, some, all, too few
local function none() end
local function two(x) return x, x + 1 end
repeated(function(i) return pcall(none) end)
repeated(function(i) return pcall(two, i) end)
repeated(function(i) local ok, a, b, c = pcall(two, i) return ok, a, b, c end)
repeated(function(i) return (pcall(two, i)) end)
repeated(function(i) pcall(two, i) return i end)
repeated(function(i) return select("#", pcall(two, i)), { pcall(two, i, 3) } ~= nil end)
local function any(...) return select("#", ...), ... end
repeated(function(i) return pcall(any, i, nil, "x") end)
repeated(function(i) return pcall(any) end)

-- an operand that the callee's registers cover, and an error behind some work
local function late(a, b, c) local x = a * 2 local y = x + b if y > 560 then error("late " .. a .. b .. c) end return x, y, c end
local function round(i) local ok, x, y, c = pcall(late, i, 1, "c") return ok, x, y, c, i end
for i = 1, 330 do if i % 47 == 0 or i > 277 and i % 13 == 0 then print(round(i)) else round(i) end end
-- types that change inside
local function typed(a, b) return a + b, a .. "" end
for i = 1, 400 do
  local v = i
  if i == 150 then v = 0.5 elseif i == 250 then v = "7" elseif i == 300 then v = {} elseif i == 350 then v = nil end
  local ok, a, b = pcall(typed, v, 1)
  if i % 50 == 0 then print(i, ok, a, b) end
end
-- what is changed inside stays changed, once
local up, t = 0, { n = 0 }
local function changes(i) up = up + 1 t.n = t.n + 1 t[i % 10] = i if i % 100 == 99 then error("changed", 0) end return up end
for i = 1, 500 do local ok, v = pcall(changes, i) if i % 99 == 0 then print(ok, v, up, t.n) end end
print(up, t.n)
-- a change last, and then nothing more
local total = 0
local function adds(i) local x = i * 2 if i == 290 then error({}) end total = total + x end
for i = 1, 300 do pcall(adds, i) end
print(total)
-- nested, with errors inside and outside
local function inner(x) if x % 97 == 0 then error("inner " .. x, 0) end return x * 2 end
local function outer(x) local ok, v = pcall(inner, x) if not ok then return v end if x % 101 == 0 then error("outer", 0) end return v + 1 end
for i = 1, 600 do local ok, v = pcall(outer, i) if i % 97 == 0 or i % 101 == 0 then print(ok, v) end end
-- closures and upvalues of the callee's own
for i = 1, 300 do
  local ok, f = pcall(function(x) local y = x * 2 return function() y = y + 1 return y end end, i)
  if i > 298 then print(ok, f(), f()) end
end
-- loops, recursion and yields inside
local function loops(n) local s = 0 for i = 1, n do s = s + i end return s end
repeated(function(i) return pcall(loops, i) end)
local function deep(n) if n == 0 then return 0 end local _, v = pcall(deep, n - 1) return v + 1 end
repeated(function(i) return deep(20) end)
print(pcall(deep, 250))
local co = coroutine.wrap(function() local s = 0 for i = 1, 300 do local ok, v = pcall(function(x) if x % 50 == 0 then return coroutine.yield(x) end return x end, i) s = s + v end return s end)
local v = co() while v % 50 == 0 and v < 300 do v = co(1) end print(v, co(2))
-- tail calls and metamethods inside
local function tail(x) return two(x) end
repeated(function(i) return pcall(tail, i) end)
local object = setmetatable({}, { __add = function(a, b) return b end, __index = function(_, k) return k end, __call = function(_, x) return x end })
repeated(function(i) return pcall(function(o, x) return o + x, o.field, o(x) end, object, i) end)
repeated(function(i) return pcall(object, i) end)
-- the traceback and the level of an error
local function fails(x) if x == 300 then error("with position") end return x end
for i = 1, 300 do local ok, m = pcall(fails, i) if not ok then print(m) end end
for i = 1, 300 do local ok, m = xpcall(fails, function(m) return m .. "!" end, i) if not ok then print(m) end end
local function trace(x) if x == 300 then return debug.traceback("here"):match("^(.-in main chunk)") end return x end
for i = 1, 300 do local ok, m = pcall(trace, i) if i == 300 then print(m) end end
-- what pcall is, changes
local p = pcall
for i = 1, 400 do if i == 300 then p = function(f, x) return "mine", f(x) end end local a, b = p(two, i) if i % 150 == 0 then print(a, b) end end
