-- objects: methods, inheritance, fields
local Shape = {} Shape.__index = Shape
function Shape.new(class, w, h) return setmetatable({ w = w, h = h, n = 0 }, class) end
function Shape:area() self.n = self.n + 1 return self.w * self.h end
function Shape:scale(k) self.w = self.w * k self.h = self.h * k return self end
local Square = setmetatable({}, { __index = Shape }) Square.__index = Square
function Square.new(w) return Shape.new(Square, w, w) end
local sum = 0
local shapes = {}
for i = 1, 100 do shapes[i] = i % 2 == 0 and Shape.new(Shape, i, i + 1) or Square.new(i) end
for _ = 1, tonumber(arg[1]) or 200000 do
  for i = 1, 100 do sum = sum + shapes[i]:area() end
end
print(sum)
