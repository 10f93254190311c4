-- objects: records with float fields, methods, a grid
local Particle = {}
Particle.__index = Particle
function Particle.new(x, y, vx, vy) return setmetatable({ x = x, y = y, vx = vx, vy = vy, bounces = 0 }, Particle) end
function Particle:move(dt)
  self.x = self.x + self.vx * dt
  self.y = self.y + self.vy * dt
  if self.x < 0 or self.x > 100 then self.vx = -self.vx self.bounces = self.bounces + 1 end
  if self.y < 0 or self.y > 100 then self.vy = -self.vy self.bounces = self.bounces + 1 end
end
function Particle:energy() return 0.5 * (self.vx * self.vx + self.vy * self.vy) end
local all = {}
for i = 1, 400 do all[i] = Particle.new(i * 7 % 100, i * 13 % 100, i % 11 - 5.5, i % 7 - 3.5) end
local energy = 0
for _ = 1, tonumber(arg[1]) or 30000 do
  for i = 1, #all do all[i]:move(0.01) end
  energy = energy + all[1]:energy()
end
local bounces = 0
for _, p in ipairs(all) do bounces = bounces + p.bounces end
print(string.format("%.3f", energy), bounces)
