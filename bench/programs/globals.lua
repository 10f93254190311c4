-- calls: global functions and variables
counter, limit = 0, 3
function step(x) counter = counter + x if counter > 1000000 then counter = counter - 1000000 end return counter end
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
local hits = 0
for i = 1, tonumber(arg[1]) or 7500000 do
  step(i % limit)
  if even(i % 8) then hits = hits + 1 end
end
print(counter, hits)
