-- Functions that call themselves: what the trace does behind such a call, calls that are tried first because they may return
-- at once, and everything that may come in between while a recording waits for one to return.

local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(20), fib(1), fib(0), fib(-3), fib(3.5), pcall(fib, "10"), (pcall(fib, {})))

local function tak(x, y, z)
  if y >= x then return z end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end
print(tak(12, 8, 4), tak(7.5, 3, 1))

local function ack(m, n)
  if m == 0 then return n + 1 end
  if n == 0 then return ack(m - 1, 1) end
  return ack(m - 1, ack(m, n - 1))
end
print(ack(2, 20), ack(3, 3), ack(1, 5))

-- Leaves that give no, several and different results.
local function pair(n)
  if n == 0 then return end
  if n == 1 then return 1, "one" end
  local a, b = pair(n - 1)
  local c, d = pair(n - 2)
  return (a or 0) + (c or 0), (b or "-") .. (d or "-")
end
for i = 0, 12 do print(i, pair(i)) end

local function all(n)
  if n <= 0 then return n end
  return n, all(n - 1)
end
print(select("#", all(30)), all(12))

-- Closures of one function with variables of their own.
local function counter(limit)
  local count, self = 0
  self = function(n)
    count = count + 1
    if n > limit then return count end
    return self(n + 1)
  end
  return self
end
local low, high = counter(5), counter(90)
for _ = 1, 40 do low(1) high(1) end
print(low(1), high(1))

local function relay(f, g, n)
  if n == 0 then return f(g) end
  return relay(g, f, n - 1)
end
local function leaf(x) if x then return "x" end return "none" end
for i = 1, 60 do leaf(i % 2 == 0) end
print(relay(leaf, false, 100), relay(leaf, leaf, 31))

-- Metamethods where only looking is expected.
local odd = setmetatable({}, { __lt = function() return true end, __sub = function(a) return 0 end,
  __index = function(_, k) return k end, __eq = function() return true end })
local function down(n)
  if n < 1 then return "end" end
  return (down(n - 1))
end
for _ = 1, 50 do down(5) end
print(down(odd), down(9))
local box = setmetatable({}, { __index = function(_, k) return k * 2 end })
local function through(n)
  if box[n] == 0 then return 0 end
  return through(n - 1) + box[n]
end
for _ = 1, 30 do through(9) end
print(through(20))

-- The callee changes what the caller relies on.
local swap = fib
local function changing(n)
  if n == 0 then return 0 end
  if n == 3 then swap = math.abs elseif n == 9 then swap = fib end
  local a = changing(n - 1)
  return a + swap(n % 4)
end
for _ = 1, 60 do changing(12) end
print(changing(12))
local t = { v = 1 }
local function shaping(n)
  if n == 0 then t = { v = t.v % 100 + 0.5 } return t.v end
  if n % 7 == 0 then t.v, t["k" .. n] = n, true end
  local before = t
  local got = shaping(n - 1)
  return got + t.v + (before == t and 1 or 0)
end
for _ = 1, 40 do shaping(15) end
print(shaping(15))

-- Errors, in the callee, behind it, at the first recursions too.
local function failing(n, at)
  if n == at then error("at " .. n, 0) end
  if n == 0 then return 0 end
  local x = failing(n - 1, at)
  return x + (x == at and {} or 1)
end
for round = 1, 60 do
  local ok, message = pcall(failing, 12, round % 16)
  if round > 40 then print(ok, (tostring(message):gsub("table: %S+", "table"))) end
end

-- Coroutines: yields out of recursion that is recorded, killed ones, one that goes on in another's recursion.
local function walk(n)
  if n == 0 then coroutine.yield("leaf") return 1 end
  return walk(n - 1) + walk(n - 1)
end
local total = 0
for i = 1, 30 do
  local co = coroutine.create(walk)
  local _, v = coroutine.resume(co, 4)
  while v == "leaf" and (i % 3 ~= 0 or total % 5 ~= 0) do
    _, v = coroutine.resume(co)
    total = total + 1
  end
  if v == "leaf" then coroutine.close(co) end
end
print(total)
local function nested(n)
  if n == 0 then return 0 end
  local inner = coroutine.wrap(function() return nested(n - 1) end)
  return inner() + nested(n - 2 < 0 and 0 or n - 2) + 1
end
print(nested(9))

-- Hooks and debuggers.
local hooked = 0
local function watched(n)
  if n == 7 then debug.sethook(function() hooked = hooked + 1 end, "", 5) end
  if n == 2 then debug.sethook() end
  if n == 0 then return 0 end
  local before = n
  local got = watched(n - 1)
  return got + before
end
for _ = 1, 50 do watched(10) end
print(hooked > 0, watched(10))
local function touched(n)
  if n == 0 then
    for level = 2, 4 do
      local name, v = debug.getlocal(level, 2)
      if name == "mark" then debug.setlocal(level, 2, v + 100) end
    end
    return 0
  end
  local mark = n
  local got = touched(n - 1)
  return got + mark
end
for _ = 1, 60 do touched(6) end
print(touched(6))
local function traced(n)
  if n == 0 then return debug.traceback("here", 1) end
  local s = traced(n - 1)
  return s
end
for _ = 1, 60 do traced(4) end
print((select(2, traced(4):gsub("in upvalue 'traced'", ""))))

-- The stack moves, is used up, is deep.
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
print(deep(100), deep(5000), deep(60000), deep(3))
local function wide(n, ...)
  if n == 0 then return select("#", ...) end
  local r = wide(n - 1, n, ...)
  return r
end
print(wide(100))
local function endless(n) local r = endless(n + 1) return r + 1 end
print(pcall(endless, 1) == false)
for _ = 1, 3 do print((select(2, pcall(endless, 1)):gsub("^.-: ", ""):sub(1, 14))) end

-- Loops around recursion, and in it.
local sum = 0
for i = 1, 200 do
  sum = sum + fib(i % 11)
  if i % 50 == 0 and pcall(fib) then sum = 0 end
end
print(sum)
local function tree(depth)
  if depth == 0 then return { 1 } end
  local node = {}
  for i = 1, 3 do node[i] = tree(depth - 1) end
  return node
end
local function count(node)
  local n = 0
  for i = 1, #node do
    local child = node[i]
    if child == 1 then n = n + 1 else n = n + count(child) end
  end
  return n
end
print(count(tree(6)), count(tree(1)))
for i = 1, 20 do collectgarbage("step") count(tree(3)) end
print(count(tree(4)))

-- Functions that call each other.
local even
local function odd_(n) if n == 0 then return false end return even(n - 1) end
function even(n) if n == 0 then return true end return odd_(n - 1) end
local evens = 0
for i = 1, 300 do if even(i) then evens = evens + 1 end end
print(evens)
local female
local function male(n) if n == 0 then return 0 end return n - female(male(n - 1)) end
function female(n) if n == 0 then return 1 end return n - male(female(n - 1)) end
print(male(30), female(30))

-- Parameters that closures capture, in functions that call themselves and that tail call themselves.
local kept = {}
local function capture(n, f)
  if n == 0 then return f and f() or 0 end
  if n % 3 == 0 then return capture(n - 1, function() return n end) end
  return capture(n - 1, f)
end
for i = 1, 90 do capture(i % 7, nil) end
print(capture(11), capture(12), capture(2))
local function keeping(n)
  if n == 0 then return 0 end
  if n == 5 then kept[#kept + 1] = function() n = n + 1 return n end end
  local below = keeping(n - 1)
  return below + n
end
for _ = 1, 60 do keeping(8) end
print(keeping(8), #kept, kept[1](), kept[1](), kept[60]())

-- Tail calls that close variables: of the library's functions, of the function itself, of others.
local function serialize(v)
  if type(v) == "number" then return tostring(v)
  elseif type(v) == "string" then return string.format("%q", v)
  elseif type(v) == "table" then
    local parts = {}
    for i, x in ipairs(v) do parts[i] = serialize(x) end
    return table.concat(parts, ",")
  end
  return type(v)
end
local nested_list = { 1, "two", { 3, { 4, "five", {} }, true }, 6.5, { print, "x" } }
for _ = 1, 60 do serialize(nested_list) end
print(serialize(nested_list))
local getters = {}
local function closing(n)
  local x = n
  if n % 10 == 0 then getters[#getters + 1] = function() x = x + 1 return x end end
  for _, y in ipairs { n } do x = x + y end
  if n <= 0 then return math.max(x, n) end
  if n % 2 == 0 then return select("#", x, n) + closing(n - 1) end
  return closing(n - 1)
end
for _ = 1, 40 do closing(23) end
print(closing(23), #getters, getters[1](), getters[1](), getters[#getters]())
local closed = 0
local function guarded(n)
  local g <close> = n % 5 == 0 and setmetatable({}, { __close = function() closed = closed + 1 end }) or nil
  for _ in pairs { n } do end
  if n == 0 then return tostring(n) end
  return guarded(n - 1)
end
for _ = 1, 40 do guarded(12) end
print(guarded(12), closed)
