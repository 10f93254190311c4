local function c() return setmetatable({}, { __close = function() print(debug.traceback "closing") end }) end
local function f()
  local x <close> = c()
  return 1
end
f()
do local y <close> = c() end
pcall(function() local z <close> = c() error "x" end)
