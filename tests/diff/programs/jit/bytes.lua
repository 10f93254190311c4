-- Strings of single bytes, and strings looked at byte by byte.

local all = {}
for b = 0, 255 do all[#all + 1] = string.char(b) end
local text = table.concat(all) .. "hello, \0 world" .. string.rep("xyz", 40)

local function singles(s)
  local seen, zeros, same = {}, 0, 0
  for i = 1, #s do
    local c = s:sub(i, i)
    seen[c] = (seen[c] or 0) + 1
    if c == "\0" then zeros = zeros + 1 end
    if c == string.char(s:byte(i)) then same = same + 1 end
    assert(#c == 1 and c:byte() == s:byte(i))
  end
  local n = 0
  for _ in pairs(seen) do n = n + 1 end
  return n, zeros, same, seen.x, seen["\255"]
end
print(singles(text))
print(singles(text:sub(1, 30)), singles(""), singles("a"))

-- With collections in between, of both kinds, and strings that nobody else holds.
local function collected(mode)
  collectgarbage(mode)
  local parts, n = {}, 0
  for i = 1, 400 do
    local c = string.char(i % 256)
    if i % 7 == 0 then collectgarbage("step", 0) end
    if i % 50 == 0 then collectgarbage() end
    local d = string.char(i % 256)
    if c == d and rawequal(c, d) then n = n + 1 end
    parts[#parts + 1] = c
  end
  local s, m = table.concat(parts), 0
  for i = 1, #s do if s:sub(i, i) == parts[i] then m = m + 1 end end
  collectgarbage("incremental")
  return n, m, #s
end
print(collected("incremental"))
print(collected("generational"))

-- Places outside of the string, and from its end.
local function places(s, from, to)
  local out = {}
  for i = from, to do
    out[#out + 1] = #s:sub(i, i) .. (s:byte(i) or "-")
    local a, b = s:byte(i, i + 1)
    local c, d, e = string.byte(s, i, i + 2)
    out[#out + 1] = (a or ".") .. (b or ".") .. (c or ".") .. (d or ".") .. (e or ".")
  end
  return table.concat(out, " ")
end
local short = "abcdefgh"
print(places(short, 1, 8))
print(places(short, -10, 10))
print(places(string.rep(short, 30), 1, 230) == places(string.rep(short, 30), 1, 230))
print(places(string.rep(short, 30), 225, 245))

local function quads(s)
  local sum = 0
  for i = 1, #s - 3, 4 do
    local a, b, c, d = s:byte(i, i + 3)
    sum = (sum * 31 + a * 16777216 + b * 65536 + c * 256 + d) % 1000000007
  end
  return sum
end
print(quads(text), quads(string.rep("\0\255\128\1", 100)))
local function spans(s, n)
  local sum = 0
  for i = 1, 200 do
    local a, b, c = s:byte(i, i + n(i))
    sum = sum + (a or 0) + (b or 1000) + (c or 1000000)
  end
  return sum
end
print(spans(text, function() return 2 end), spans(text, function(i) return i < 150 and 2 or 1 end), spans(text, function(i) return i % 4 - 1 end))

for _, bad in ipairs { 256, -1, 1.5, "65", "x", false } do
  print(bad, pcall(function()
    local n = 0
    for i = 1, 150 do
      local c = string.char(i < 140 and 65 or bad)
      n = n + #c
    end
    return n
  end))
end
for _, at in ipairs { 2.0, "2", 2.5, false } do
  print(at, pcall(function()
    local n = 0
    for i = 1, 150 do
      local k = i < 140 and 1 or at
      local c = short:sub(k, k)
      n = n + c:byte()
    end
    return n
  end))
end
local sum = 0
for i = 1, 150 do
  local n = i < 140 and i or i / 1
  local digits = string.rep(i < 100 and "text" or n, 1)
  sum = sum + #digits:sub(1, 1)
end
print(sum)
