local a, b = 1, 2
local t = { a < b, a > b, a <= b, a >= b, a == b, a ~= b, not (a < b), not a, a < b and a or b, a > b or b }
for i = 1, #t do io.write(tostring(t[i]), " ") end print()
