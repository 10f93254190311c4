-- metamethods: complex numbers by operators
local C = {}
C.__index = C
local function new(re, im) return setmetatable({ re = re, im = im }, C) end
C.__add = function(a, b) return new(a.re + b.re, a.im + b.im) end
C.__sub = function(a, b) return new(a.re - b.re, a.im - b.im) end
C.__mul = function(a, b) return new(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re) end
C.__unm = function(a) return new(-a.re, -a.im) end
C.__eq = function(a, b) return a.re == b.re and a.im == b.im end
local z, c, same = new(0.1, 0.2), new(-0.4, 0.6), 0
for i = 1, tonumber(arg[1]) or 1400000 do
  z = z * z + c
  if z.re * z.re + z.im * z.im > 4 then z = new(0.1, 0.2) end
  if -z - z == z then same = same + 1 end
end
print(string.format("%.6f %.6f", z.re, z.im), same)
