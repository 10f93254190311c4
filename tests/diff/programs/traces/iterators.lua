-- Generic loops over Lua functions, closures and coroutines in compiled code.
local function range(n) local i = 0 return function() i = i + 1 if i <= n then return i end end end
local function pairs_of(t) return function(s, c) c = c + 1 if s[c] then return c, s[c], #s end end, t, 0 end
local sum = 0
for i in range(300) do sum = sum + i end
print(sum)
sum = 0
for k, v, n in pairs_of { 3, 1, 4, 1, 5, 9, 2, 6 } do sum = sum * 3 + k * v + n end
print(sum)
for r = 1, 60 do for k, v, n, more in pairs_of { r, r + 1 } do sum = sum + v + n if more then print("more") end end end
print(sum)

-- Closures over the loop's variables.
local fs = {}
for i in range(50) do
  local j = i * 2
  fs[#fs + 1] = function() j = j + i return j end
end
local s = 0
for r = 1, 3 do for _, f in ipairs(fs) do s = s + f() end end
print(s)

-- Nested iterators, filters, early exits.
local function filter(p, it) return function() while true do local v = it() if v == nil or p(v) then return v end end end end
local function map(f, it) return function() local v = it() if v ~= nil then return f(v) end end end
local count = 0
for round = 1, 30 do
  for v in filter(function(x) return x % 3 == 0 end, map(function(x) return x + round end, range(60))) do
    if v > 80 then break end
    count = count + v
  end
end
print(count)

-- coroutine.wrap as an iterator, one that yields from inside a loop, and yields inside an iterator.
local function generate(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, -i) end end) end
local a, b = 0, 0
for x, y in generate(200) do a, b = a + x, b + y end
print(a, b)
local co = coroutine.wrap(function()
  local function it(_, i) if i < 100 then if i % 7 == 0 then coroutine.yield(i) end return i + 1 end end
  local t = 0
  for i in it, nil, 0 do t = t + i end
  return "end", t
end)
local got = {}
for i = 1, 20 do
  local v, t = co()
  got[#got + 1] = tostring(v)
  if v == "end" then got[#got + 1] = t break end
end
print(table.concat(got, " "))

-- Iterators that change, raise, are objects, and have a variable to be closed.
local calls = 0
local object = setmetatable({}, { __call = function(self, s, c) calls = calls + 1 if c < s then return c + 1 end end })
local n = 0
for i in object, 100, 0 do n = n + i end
print(n, calls)
local closed = 0
for r = 1, 50 do
  for i in range(3), nil, nil, setmetatable({}, { __close = function() closed = closed + 1 end }) do
    if r % 2 == 0 and i == 2 then break end
  end
end
print(closed)
print(pcall(function()
  local function it(_, i) if i == 90 then error("in the iterator") end return i + 1 end
  for i in it, nil, 1 do n = i end
end))
print(n)
print(select(2, xpcall(function()
  local function it(_, i) if i == 90 then local x = nil + i end return i + 1 end
  for i in it, nil, 1 do n = i end
end, debug.traceback)))
