local log = {} local mt = { __add = function(a, b) return 1 end, __index = function(t, k) return k end } local t = setmetatable({}, mt) local function v(...)
  local a = ...
  return ...
end
debug.sethook(function(e, l) log[#log + 1] = e .. (l and ":" .. l or "") end, "crl")
local x = t + 1
x = t.foo
v(1, 2)
for k in pairs { 1 } do x = k end
debug.sethook()
print(table.concat(log, "\n"))
