-- Loops with many ways through the functions that they call, whose traces share what follows the calls.

-- Ways that differ in type, in what they change, and in how deep they are when they come together again.
local kinds = { 1, 2.5, "text", "7", true, {}, print, false }
local function classify(v)
  if type(v) == "number" then
    if math.type(v) == "integer" then return "i", v else return "f", v * 2 end
  elseif type(v) == "string" then
    return "s", tonumber(v) or #v
  elseif v == true then return "b", 1
  elseif v == false then return "b", 0
  elseif type(v) == "table" then return "t", 10 end
  return "o", 100
end
local function twice(v) local k, n = classify(v) return k, n + n end
local function deeper(v, ...)
  local k, n = twice(v)
  return k .. select("#", ...), n
end
local counts, sum = {}, 0
for i = 1, 4000 do
  local v = kinds[i * 7 % #kinds + 1]
  local k, n
  if i % 3 == 0 then k, n = classify(v) elseif i % 3 == 1 then k, n = twice(v) else k, n = deeper(v, i, i) end
  counts[k] = (counts[k] or 0) + 1
  sum = sum + n
end
for _, k in ipairs { "i", "f", "s", "b", "t", "o", "i2", "f2", "s2", "b2", "t2", "o2" } do io.write(k, "=", counts[k] or 0, " ") end
print(sum)

-- A scanner: branches at each character, functions that call functions.
local function scanner(text)
  local self, at, c = {}, 0, nil
  local function read() at = at + 1 c = text:byte(at) return c end
  local function is_space() return c == 32 or c == 10 or c == 9 end
  local function is_digit() return c and c >= 48 and c <= 57 end
  local function skip() while is_space() do read() end end
  local function number()
    local n = 0
    while is_digit() do n = n * 10 + c - 48 read() end
    return n
  end
  local value
  local function list()
    local t = {}
    read() skip()
    if c == 93 then read() return t end
    repeat
      t[#t + 1] = value()
      skip()
      local more = c == 44
      if not more and c ~= 93 then error("expected ] at " .. at, 0) end
      read() skip()
    until not more
    return t
  end
  function value()
    skip()
    if c == 91 then return list()
    elseif is_digit() then return number()
    elseif c == 34 then
      local from = at + 1
      repeat read() until c == 34 or not c
      local s = text:sub(from, at - 1)
      read()
      return s
    end
    error("unexpected " .. tostring(c) .. " at " .. at, 0)
  end
  function self.parse() read() local v = value() skip() return v end
  return self
end
local function show(v)
  local parts = {}
  for i, x in ipairs(v) do parts[i] = tostring(type(x) == "table" and #x or x) end
  return table.concat(parts, ",")
end
local good = '[1, 22, [3, "four", []], "5",\n\t[[[6]], 77], "", 888]'
local last
for i = 1, 300 do last = scanner(good).parse() end
print(show(last), #last, last[5][1][1][1])
local failed = 0
for i = 1, 300 do
  local ok, e = pcall(scanner(i % 3 == 0 and good or i % 3 == 1 and '[1, 2 3]' or '[1, [?]]').parse)
  if not ok then failed = failed + 1 last = e end
end
print(failed, last)

-- Objects of several classes: the calls differ, what follows them does not. Collections come in between.
local function class(name, f) local c = { name = name } c.__index = c c.step = f return c end
local classes = {
  class("add", function(o, x) o.n = o.n + x return o.n end),
  class("float", function(o, x) o.n = o.n + x / 2 return o.n end),
  class("text", function(o, x) o.s = (o.s or "") .. x if #o.s > 20 then o.s = nil end return #(o.s or "") end),
  class("list", function(o, x) o.list = { x, next = o.list, depth = (o.list and o.list.depth or 0) + 1 } if o.list.depth > 9 then o.list = nil end return 1 end),
  class("error", function(o, x) if x % 97 == 0 then error({ code = x }) end return x end),
  class("varied", function(o, x) if x % 2 == 0 then return x elseif x % 3 == 0 then return x + 0.5 end return tostring(x) end),
}
local objects = {}
for i = 1, 24 do objects[i] = setmetatable({ n = i }, classes[i % #classes + 1]) end
local total, errors = 0, 0
for round = 1, 300 do
  for i = 1, #objects do
    local o = objects[(i * round) % #objects + 1]
    local ok, r = pcall(o.step, o, round)
    if not ok then errors = errors + r.code r = 0 end
    total = total + r
    local direct = o.name ~= "error" and o:step(i) or 0
    total = total + direct
  end
  if round % 100 == 0 then collectgarbage() end
end
print(total, errors)

-- Yields and hooks behind the place where ways join.
local co = coroutine.wrap(function()
  local n = 0
  for i = 1, 600 do
    local k, v = classify(kinds[i % #kinds + 1])
    if i % 50 == 0 then coroutine.yield(n) end
    n = n + v + #k
  end
  return n
end)
local r repeat r = co() io.write(r, " ") until r == nil or r > 8600
print()
local lines = 0
local function counted(n)
  local s = 0
  for i = 1, n do
    local _, v = twice(kinds[i % #kinds + 1])
    if i == n // 2 then debug.sethook(function() lines = lines + 1 end, "l") end
    s = s + v
  end
  debug.sethook()
  return s
end
print(counted(100), counted(1000), lines > 500)
