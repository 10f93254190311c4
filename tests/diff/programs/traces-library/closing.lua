-- Functions that leave a scope which may have something to close: usually nothing, at times an upvalue or a variable.
local kept = {}
local function total(keep, ...)
  local s = 0
  for i, v in ipairs({ ... }) do
    local copy = v
    if keep then kept[#kept + 1] = function() copy = copy + 1 return copy end end
    s = s + v
  end
  if keep then return s + kept[#kept]() end
  return s
end
local sum = 0
for i = 1, 600 do sum = sum + total(i % 97 == 0, i, 2, 3) end
print(sum, #kept)
for _, f in ipairs(kept) do io.write(f(), " ") end
print()
local closed = 0
local function guarded(n)
  for k, v in pairs({ n }) do
    local c <close> = n % 50 == 0 and setmetatable({}, { __close = function() closed = closed + 1 end }) or nil
    if n % 3 == 0 then return k + v end
  end
  return n
end
for i = 1, 600 do sum = sum + guarded(i) end
print(sum, closed)
local shared = 0
for i = 1, 400 do
  local x = i
  local f = i % 10 == 0 and function() x = x + 1 return x end
  while x % 7 ~= 0 do
    local y = x
    x = x + 1
    if f and y % 5 == 0 then local g = function() return y end shared = shared + g() end
  end
  shared = shared + x + (f and f() or 0)
end
print(shared)
