local function f(a, b, ...)
  local n = select("#", ...)
  if n == 0 then return a, b end
  return f(...)
end
local t = { f(1, 2, 3), f(4), k = f, [1.5] = "x" }
function t:method(x) self.v = x return self end
local function counter() local n = 0 return function() n = n + 1 return n end end
local c = counter()
c()
do local closed <close> = setmetatable({}, { __close = function() t.closed = true end }) c() end
return t:method(5).v, f(1, 2, 3, 4, 5, 6), c(), #t, t[1.5], (f(7, 8))
