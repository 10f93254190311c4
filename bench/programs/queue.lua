-- tables: a growing and shrinking queue, insert and remove
local q, first, last, sum = {}, 1, 0, 0
for i = 1, tonumber(arg[1]) or 11000000 do
  last = last + 1
  q[last] = i
  if i % 3 ~= 0 then sum = sum + q[first] q[first] = nil first = first + 1 end
end
local t = {}
for i = 1, 600000 do table.insert(t, i % 100) if i % 4 == 0 then sum = sum + table.remove(t) end end
for i = 1, 60 do table.insert(t, 1, i) sum = sum + table.remove(t, #t // 2) end
print(sum, last - first, #t)
