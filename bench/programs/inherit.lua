-- objects: three levels of classes, super calls
local function class(base)
  local c = {}
  c.__index = c
  if base then setmetatable(c, { __index = base }) end
  return c
end
local A = class()
function A.new(c, v) return setmetatable({ v = v }, c) end
function A:get() return self.v end
function A:add(n) self.v = self.v + n return self end
local B = class(A)
function B:add(n) return A.add(self, n * 2) end
local C = class(B)
function C:add(n) return B.add(self, n + 1) end
function C:both(n) return self:add(n):get() end
local sum, objects = 0, { A:new(1), B:new(2), C:new(3) }
objects[1] = A.new(A, 1) objects[2] = A.new(B, 2) objects[3] = A.new(C, 3)
for i = 1, tonumber(arg[1]) or 3400000 do
  local o = objects[i % 3 + 1]
  o:add(i % 5)
  sum = sum + o:get() + objects[3]:both(1) % 7
end
print(sum)
