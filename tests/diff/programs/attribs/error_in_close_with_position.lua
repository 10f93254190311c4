local x = setmetatable({}, { __close = function(o, e)
  print("got", e)
  local t = nil
  t.x = 1
end })
print(pcall(function()
  local y <close> = x
  error("first")
end))
local z <close> = x
error("uncaught")
