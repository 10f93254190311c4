-- calls: three arguments, floats
local function tak(x, y, z)
  if y >= x then return z end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end
local r
for _ = 1, tonumber(arg[1]) or 30 do r = tak(24.0, 16.0, 8.0) end
print(r)
