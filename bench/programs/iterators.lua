-- closures: iterators, map, filter, fold
local function range(n) local i = 0 return function() i = i + 1 if i <= n then return i end end end
local function map(f, it) return function() local v = it() if v ~= nil then return f(v) end end end
local function filter(p, it) return function() while true do local v = it() if v == nil or p(v) then return v end end end end
local function fold(f, acc, it) for v in it do acc = f(acc, v) end return acc end
local total = 0
for i = 1, tonumber(arg[1]) or 540 do
  total = total + fold(function(a, b) return a + b end, 0,
    filter(function(x) return x % 3 == 0 end, map(function(x) return x * i end, range(20000))))
end
print(total)
