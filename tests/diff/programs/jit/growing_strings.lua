-- Strings that grow in loops: `s = s .. x`, and everything that may ask for them on the way.
local function digest(s)
  local h = #s
  for i = 1, #s, math.max(1, #s // 50) do h = (h * 31 + s:byte(i)) % 1000000007 end
  return h
end

local function plain(n, ...)
  local s = ...
  for i = 1, n do s = s .. "item " .. i .. "," end
  return s
end
print(digest(plain(500, "")), digest(plain(3, "a")), plain(4, ""), plain(0, "x"))

-- Numbers of both kinds, the empty string, and a start that is a number.
local function numbers(n)
  local s, t = "", 1
  for i = 1, n do s = s .. i / 4 .. "" .. -i .. 1e100 end
  for i = 1, n do t = t .. i end
  return digest(s), digest(t), math.type(tonumber(t)) or "no number"
end
print(numbers(7))
print(numbers(300))

-- Two strings at once, one that takes the other, and itself.
local function two(n)
  local a, b = "", ""
  for i = 1, n do a = a .. "a"; b = b .. i % 10 end
  local c = ""
  for i = 1, n do c = c .. "-"; if i % 50 == 0 then a = a .. c end end
  local d = "d"
  for _ = 1, 12 do d = d .. d end
  return digest(a), digest(b), digest(c), #d
end
print(two(400))

-- An older value of the string stays what it was.
local function kept(n)
  local s, all = "", {}
  for i = 1, n do
    local before = s
    s = s .. i % 10
    if i % 37 == 0 then all[#all + 1] = before .. "|" .. s end
  end
  return digest(table.concat(all, "\n")), digest(s)
end
print(kept(600))
local function forked(n)
  local s, t, u = "", "", ""
  for i = 1, n do
    t = s .. "t"
    u = s .. "u"
    s = s .. "s"
  end
  return t == s, #t, #u, t:sub(-3), u:sub(-3), s:sub(-3)
end
print(forked(200))

-- Lengths, comparisons, methods, table keys and elements in some rounds.
local function asked(n)
  local s, h, t = "", 0, {}
  for i = 1, n do
    s = s .. string.char(97 + i % 26)
    h = h + #s
    if i % 97 == 0 then h = h + s:byte(-1) end
    if i % 89 == 0 then t[#t + 1] = s end
    if i % 83 == 0 then t[s] = i end
    if s == "bcdefgh" then h = h + 1000 end
    if #s > 300 then s = "" end
  end
  local keys = 0
  for k, v in pairs(t) do keys = keys + (type(k) == "string" and v or #v) end
  return h, keys, #t, digest(s)
end
print(asked(3000))

-- Captured, global, in a field: no local variable.
local function captured(n)
  local s = ""
  local function get() return s end
  local last
  for i = 1, n do s = s .. "x"; if i % 100 == 0 then last = get() end end
  return #s, #last
end
print(captured(350))
field = { text = "" }
for i = 1, 300 do field.text = field.text .. i end
print(digest(field.text))

-- Left by break, by an error, by a return; both branches grow.
local function left(n, stop)
  local s = ""
  for i = 1, n do
    if i % 3 == 0 then s = s .. "three" else s = s .. i end
    if i == stop then break end
  end
  return digest(s)
end
print(left(500, 499), left(500, 1000), left(500, 2))
local function failing(n)
  local s = ""
  for i = 1, n do
    s = s .. (i == n and {} or "y")
  end
end
print(pcall(failing, 400))
local function caught(n)
  local s = ""
  local ok, e = pcall(function()
    for i = 1, n do s = s .. "z"; if i == n - 1 then error("at " .. #s, 0) end end
  end)
  return ok, e, #s
end
print(caught(300))

-- Metamethods of an operand.
local mt = { __concat = function(a, b) return (type(a) == "string" and a or "<") .. (type(b) == "string" and b or ">") end }
local object = setmetatable({}, mt)
local function meta(n)
  local s = ""
  for i = 1, n do if i % 50 == 0 then s = s .. object else s = s .. "m" end end
  for i = 1, n do s = s .. "k" .. (i % 60 == 0 and object or "o") end
  return digest(s), s:sub(-8)
end
print(meta(400))

-- Nested loops, coroutines, collections on the way.
local function nested(n)
  local out = ""
  for i = 1, n do
    local line = ""
    for j = 1, 30 do line = line .. (i * j) % 10 end
    out = out .. line .. "\n"
  end
  return digest(out)
end
print(nested(300))
local co = coroutine.wrap(function(n)
  local s = ""
  for i = 1, n do
    s = s .. i
    if i % 70 == 0 then coroutine.yield(digest(s)) end
  end
  return digest(s), true
end)
local r = { co(500) }
while not r[2] do io.write(r[1], " ") r = { co() } end
print(r[1])
local function collected(n)
  local s = ""
  for i = 1, n do s = s .. i % 7; if i % 111 == 0 then collectgarbage() end end
  return digest(s)
end
print(collected(700))

-- A debugger sees the variable.
local function seen(n)
  local s, sizes = "", {}
  for i = 1, n do
    s = s .. "q"
    if i % 150 == 0 then
      local name, value = debug.getlocal(1, 2)
      sizes[#sizes + 1] = name .. #value
      debug.setlocal(1, 2, value .. "!")
    end
  end
  return table.concat(sizes, " "), #s
end
print(seen(500))

-- A loop that waits for the collector by growing a string.
local gone = false
setmetatable({}, { __gc = function() gone = true end })
local wait = ""
while not gone do wait = wait .. "x"; if #wait > 10000 then wait = "" end end
print(gone)
