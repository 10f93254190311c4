-- The table that a hot loop works on is resized, loses keys, and is filled anew.
local t = { a = 1, b = 2 }
local s = 0
for i = 1, 1000 do
  t.a = t.a + 1
  if i == 200 then for k = 1, 100 do t[k] = k end
  elseif i == 300 then for k = 1, 100 do t["k" .. k] = k end
  elseif i == 400 then t.a = nil t.a = 10
  elseif i == 500 then for k = 1, 100 do t["k" .. k] = nil end
  elseif i == 550 then for k = 1, 300 do t[k * 1000] = 1 end
  elseif i == 600 then collectgarbage() for k = 1, 100 do t[k] = nil end t.z = 1
  elseif i == 700 then t.b = nil end
  s = s + t.a + (t.b or 5) + (t[1] or 0) + #t
end
print(s, t.a, t.b, #t)
-- array part that grows inside the loop, from the hash part, backwards, with holes
local g = {}
for i = 1, 2000 do g[i] = i g[i + 1] = nil end
print(#g, g[1], g[2000])
local h = {}
for i = 600, 1, -1 do h[i] = i end
print(#h, h[1], h[300], h[600])
local w = {}
for i = 1, 600 do w[i * 2] = i end
local n = 0
for i = 1, 1300 do if w[i] then n = n + w[i] end end
print(n)
for i = 1, 1300 do w[i] = nil end
print(next(w), #w)
-- a queue
local q, first, last, sum = {}, 1, 0, 0
for i = 1, 1000 do
  last = last + 1 q[last] = i
  if i % 3 ~= 0 then sum = sum + q[first] q[first] = nil first = first + 1 end
end
print(first, last, sum, q[first], q[last])
-- appended through #
local l = {}
for i = 1, 500 do l[#l + 1] = i if i % 100 == 99 then for _ = 1, 50 do l[#l] = nil end end end
print(#l, l[#l])
-- new tables in each round
local keep = {}
for i = 1, 600 do
  local r = { i, i * 2, x = i, y = { i } }
  r[3] = i r.z = i r.y[2] = r.x
  if i % 100 == 0 then keep[#keep + 1] = r end
end
for _, r in ipairs(keep) do io.write(#r, " ", r.x, " ", r.z, " ", r.y[1], " ", r.y[2], " ", r[3], "\n") end
-- keys removed and inserted in turn
local c = {}
for i = 1, 3000 do local k = "key" .. i % 7 if c[k] then c[k] = nil else c[k] = i end end
local keys = {}
for k, v in pairs(c) do keys[#keys + 1] = k .. "=" .. v end
table.sort(keys)
print(table.concat(keys, " "))
-- integer keys given as floats
local fl = {}
for i = 1, 400 do fl[i + 0.0] = i end
local hit = 0
for i = 1, 400 do if fl[i] == i and fl[i * 1.0] == i and fl[i + 0.5] == nil then hit = hit + 1 end end
print(hit, #fl, math.type(next(fl)))
local big = {}
for i = 1, 400 do big[2.0 ^ (i % 80)] = i end
local count, ints = 0, 0
for k in pairs(big) do count = count + 1 if math.type(k) == "integer" then ints = ints + 1 end end
print(count, ints)
print(pcall(function() local x = {} for i = 1, 400 do local k = i if i == 333 then k = 0 / 0 end x[k] = 1 end end))
print(pcall(function() local x = {} for i = 1, 400 do local k = i if i == 333 then k = nil end x[k] = 1 end end))
local nan = {}
for i = 1, 400 do local k = i > 333 and 0 / 0 or i if nan[k] == nil then nan[i] = k ~= k and -1 or 1 end end
print(nan[1], nan[333], nan[334], nan[400])
