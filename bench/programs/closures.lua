-- closures: creation and upvalues
local function counter()
  local n = 0
  return function(k) n = n + k return n end
end
local function compose(f, g) return function(x) return f(g(x)) end end
local total = 0
for i = 1, tonumber(arg[1]) or 4000000 do
  local c = counter()
  local f = compose(c, function(x) return x * 2 end)
  total = total + f(i) + f(1)
end
print(total)
