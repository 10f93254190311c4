-- numeric: floats in tables
local sqrt = math.sqrt
local bodies = {
  { x = 0, y = 0, z = 0, vx = 0, vy = 0, vz = 0, mass = 39.47841760435743 },
  { x = 4.841431442464721, y = -1.1603200440274284, z = -0.10362204447112311, vx = 0.6063263929958321, vy = 2.81198684491626, vz = -0.02521836165988763, mass = 0.03769367487038949 },
  { x = 8.34336671824458, y = 4.124798564124305, z = -0.4035234171143214, vx = -1.0107743461787924, vy = 1.8256623712304119, vz = 0.008415761376584154, mass = 0.011286326131968767 },
}
local function energy()
  local e = 0.0
  for i, a in ipairs(bodies) do
    e = e + 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
    for j = i + 1, #bodies do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      e = e - a.mass * b.mass / sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return e
end
local function advance(dt)
  local n = #bodies
  for i = 1, n do
    local a = bodies[i]
    for j = i + 1, n do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      local d2 = dx * dx + dy * dy + dz * dz
      local mag = dt / (d2 * sqrt(d2))
      a.vx, a.vy, a.vz = a.vx - dx * b.mass * mag, a.vy - dy * b.mass * mag, a.vz - dz * b.mass * mag
      b.vx, b.vy, b.vz = b.vx + dx * a.mass * mag, b.vy + dy * a.mass * mag, b.vz + dz * a.mass * mag
    end
  end
  for i = 1, n do
    local a = bodies[i]
    a.x, a.y, a.z = a.x + dt * a.vx, a.y + dt * a.vy, a.z + dt * a.vz
  end
end
for _ = 1, tonumber(arg[1]) or 1000000 do advance(0.01) end
print(string.format("%.9f", energy()))
