-- numeric: floats in arrays, small functions
local n = tonumber(arg[1]) or 800
local function a(i, j) local ij = i + j - 1 return 1.0 / (ij * (ij - 1) * 0.5 + i) end
local function av(x, y) for i = 1, n do local s = 0 for j = 1, n do s = s + x[j] * a(i, j) end y[i] = s end end
local function atv(x, y) for i = 1, n do local s = 0 for j = 1, n do s = s + x[j] * a(j, i) end y[i] = s end end
local function atav(x, y, t) av(x, t) atv(t, y) end
local u, v, t = {}, {}, {}
for i = 1, n do u[i] = 1 end
for _ = 1, 9 do atav(u, v, t) atav(v, u, t) end
local vbv, vv = 0, 0
for i = 1, n do local ui, vi = u[i], v[i] vbv = vbv + ui * vi vv = vv + vi * vi end
print(string.format("%0.9f", math.sqrt(vbv / vv)))
