-- Loops inside metamethods and iterators: their traces return into the instruction that is waiting.
local A, B, C = { a = 1 }, { b = 2 }, { c = 3 }
local order = { A, B, C }
local object = setmetatable({}, {
  __index = function(t, k) for i = 1, #order do local v = order[i][k] if v then return v end end end,
  __newindex = function(t, k, v) for i = 1, #order do if order[i][k] then order[i][k] = v return end end end,
  __lt = function(x, y) for i = 1, #order do if order[i].b then return order[i].b > y end end end,
  __add = function(x, y) local n = 0 for i = 1, y % 4 do n = n + i end return n end,
  __concat = function(x, y) local s = "" for i = 1, #order do s = s .. i end return s end,
  __call = function(x, y) for i = 1, 3 do if i == y % 3 + 1 then return i, y end end end,
})
local n, text = 0, nil
for i = 1, 300 do
  n = n + object.a + object.b + object.c + (object.d or 0) + (object + i) + object(i)
  object.c = i % 5 + 1
  if object < 3 then n = n + 1 end
  text = object .. i .. object
end
print(n, text, C.c)
local function skip(s, i) repeat i = i + 1 until i % 3 == 0 or i > s if i <= s then return i, i * 2 end end
local sum = 0
for r = 1, (300) // 50 do for i, j in skip, 200, 0 do sum = sum + i + j end end
print(sum)
local ok, m = pcall(function()
  for i, j in function(s, i) repeat i = i + 1 until i % 3 == 0 if i > 150 then error("over") end return i end, nil, 0 do sum = sum + i end
end)
print(ok, m, sum)
local co = coroutine.wrap(function()
  local o = setmetatable({}, { __index = function(t, k) local v = 0 for i = 1, k % 5 do v = v + i if k % 20 == 3 then coroutine.yield(k) end end return v end })
  local total = 0
  for i = 1, 200 do total = total + o[i] end
  return total, "end"
end)
local yields = 0
while true do local v, done = co() yields = yields + 1 if done then print(v, yields) break end end
-- The levels are counted as before, at the end of it all.
local depth = 0
local R = setmetatable({}, { __index = function(t, k) depth = depth + 1 for i = 1, 2 do if i == k then return t[k] end end end })
for i = 1, 3 do depth = 0 print(pcall(function() return R[1] end)) print(depth) end
