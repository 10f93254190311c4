-- Borders of arrays with holes, which '#' may choose but programs come to rely on: prints one after each random change.
-- Keys are integers, so that the layout of the tables does not depend on the seeds of hashes.
math.randomseed(tonumber(arg[1]))

local function change (t, n, step)
  local op, k = math.random(8), math.random(n)
  if op <= 2 then t[k] = nil
  elseif op <= 4 then t[k] = k
  elseif op == 5 then local _ = t[k]
  elseif op == 6 then t[#t + 1] = 1
  elseif op == 7 then t[#t] = nil
  elseif step % 7 == 0 then t[-k] = 1
  elseif step % 5 == 0 then table.insert(t, 3)
  else rawget(t, k + 0.0)
  end
end

for round = 1, 1500 do
  local t = round % 3 == 0 and {1, 2, 3, 4, 5, 6, 7} or {}
  local n = math.random(130)
  for i = 1, math.random(0, n) do t[i] = i end
  local borders = {}
  for step = 1, 60 do
    change(t, n, step)
    if step % 4 == 0 then borders[#borders + 1] = #t end
    if step % 13 == 0 then for i in ipairs(t) do borders[#borders + 1] = i end end
  end
  print(round, table.concat(borders, " "))
end
