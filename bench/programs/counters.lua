-- closures: many closures over shared and own variables
local function counter(step) local n = 0 return function() n = n + step return n end, function() return n end end
local incs, gets = {}, {}
for i = 1, 100 do incs[i], gets[i] = counter(i) end
for i = 1, tonumber(arg[1]) or 36000000 do incs[i % 100 + 1]() end
local sum = 0
for i = 1, 100 do sum = sum + gets[i]() end
print(sum)
