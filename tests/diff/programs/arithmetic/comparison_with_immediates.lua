local function t(x) return x < 5, x <= 5, x > 5, x >= 5, x == 5, x ~= 5, 5 < x, 5 <= x, 5 > x, 5 >= x, x < 5.0, x > -3, -3.0 <= x, x == 5.0 end
for _, x in ipairs { 4, 5, 6, 4.9, 5.0, 5.1, -3, -4, math.huge, -math.huge } do print(x, t(x)) end
print(t(0 / 0)) print(pcall(t, "5")) print(pcall(t, nil)) print(pcall(t, {}))
