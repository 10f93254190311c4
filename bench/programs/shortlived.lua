-- garbage: small tables and closures that die at once
local function vec(x, y) return { x, y } end
local function add(a, b) return vec(a[1] + b[1], a[2] + b[2]) end
local acc = vec(0, 0)
for i = 1, tonumber(arg[1]) or 3500000 do
  acc = add(acc, { i % 3, 1 })
  if i % 4 == 0 then local f = function() return acc end acc = f() end
end
print(acc[1], acc[2])
