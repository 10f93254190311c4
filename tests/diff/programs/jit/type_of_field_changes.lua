-- A field changes its type, goes, and comes back while a loop that uses it is hot.
local o = { x = 1, y = 2 }
local seen = {}
for i = 1, 900 do
  if i == 200 then o.x = 1.5
  elseif i == 300 then o.x = "4"
  elseif i == 400 then o.x = nil
  elseif i == 500 then o.x = false
  elseif i == 600 then o.x = 3
  elseif i == 700 then o = { y = 5, x = 6 }
  elseif i == 800 then o = { x = 7, y = 8, z = 9, w = 10 } end
  local x = o.x
  if x then o.y = o.y + x end
  if i % 100 == 50 then seen[#seen + 1] = tostring(x) .. ":" .. tostring(o.y) end
end
print(table.concat(seen, " "))
for _, v in ipairs { "text", true } do
  local p = { x = 1 }
  print(pcall(function()
    local s = 0
    for i = 1, 400 do if i == 333 then p.x = v end s = s + p.x end
    return s
  end))
end
local q = { x = 1 }
print(pcall(function() for i = 1, 400 do if i == 333 then q.x = nil end q.n = (q.n or 0) + q.x end end))
print(q.n)
print(pcall(function() local r = { a = { b = { c = 1 } } } for i = 1, 400 do if i == 333 then r.a.b = nil end r.a.b.c = r.a.b.c + 1 end end))
print(pcall(function() local r = { a = { b = { c = 1 } } } for i = 1, 400 do if i == 333 then r.a = 12 end r.a.b.c = r.a.b.c + 1 end end))
