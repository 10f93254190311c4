-- Functions of the library with effects, called from compiled code: each effect happens once.
local stack, popped = {}, 0
for i = 1, 500 do
  table.insert(stack, i)
  table.insert(stack, 1, -i)
  if i % 3 == 0 then popped = popped + table.remove(stack) * 2 + table.remove(stack, 1) end
end
print(#stack, popped, stack[1], stack[#stack])
local mixed = { 1, "two", 3.5, {}, true }
local seen = {}
for i = 1, 400 do
  if #mixed == 0 then mixed = { i, "s" .. i, i / 2 } end
  seen[#seen + 1] = math.type(table.remove(mixed)) or "other"
end
print(table.concat(seen, " ", 380))
print(pcall(function()
  local q = { 1, 2, 3 }
  for i = 1, 300 do table.insert(q, i == 280 and 1000 or 2, i) end
end))

-- Classes: setmetatable in tail position.
local Point = {}
Point.__index = Point
function Point.new(x, y) return setmetatable({ x = x, y = y }, Point) end
function Point:add(o) return Point.new(self.x + o.x, self.y + o.y) end
local p = Point.new(0, 0)
for i = 1, 500 do p = p:add(Point.new(i, -i)) end
print(p.x, p.y, getmetatable(p) == Point)
local raw = {}
for i = 1, 300 do rawset(raw, i % 7, (rawget(raw, i % 7) or 0) + rawlen(raw)) end
for i = 0, 6 do io.write(raw[i], " ") end
print()

-- The generator goes on by one number with each call, also with one that fails.
local function draws(bad)
  math.randomseed(42)
  local out = 0
  for i = 1, 300 do
    local ok, n = pcall(math.random, 1, i == bad and 0 or 100)
    local m = math.random(1000)
    out = (out * 31 + m + (ok and n or 0)) % 1000003
  end
  return out
end
print(draws(0), draws(150), draws(299))
print(pcall(function()
  math.randomseed(7)
  for i = 1, 300 do math.random(i == 280 and 0.5 or i) end
end))
print(math.random(1000000))
print(pcall(function()
  math.randomseed(7)
  for i = 1, 300 do math.random(2, i == 280 and 1 or i + 1) end
end))
print(math.random(1000000))

-- Iterators of the library.
local words, pairs_seen = {}, {}
for _ = 1, 40 do
  for w in ("the quick brown fox"):gmatch("%a+") do words[w] = (words[w] or 0) + 1 end
  for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do pairs_seen[k] = (pairs_seen[k] or 0) + v end
  for at in ("xxxx"):gmatch("()x") do words[at] = (words[at] or 0) + 1 end
  for _, c in utf8.codes("h\u{e9}\u{20ac}") do words[c] = (words[c] or 0) + 1 end
end
print(words.the, words.fox, pairs_seen.a, pairs_seen.b, words[1], words[4], words[0x20ac])
for _, pattern in ipairs { "%a", "()", "(%a)(%d?)", "(", "[", "%", "" } do
  print(pattern, pcall(function()
    local n = 0
    for i = 1, 30 do
      for a, b in ("ab1"):sub(1, i > 20 and 0 or 3):gmatch(i > 15 and pattern or ".") do n = n + 1 if b then n = n + #b end end
    end
    return n
  end))
end
local step = ("a b c"):gmatch("(")
for _ = 1, 8 do print(pcall(step)) end
local count = 0
for i = 1, 200 do
  for w in ("x y z"):gmatch("%a") do
    count = count + 1
    if i % 3 == 0 then break end
  end
end
print(count)
