-- pcall: nested protected calls that mostly succeed
local function inner(x, y) return x * 2, y end
local function middle(x) local _, a, b = pcall(inner, x, 1) return a + b end
local function outer(x) local ok, v = pcall(middle, x) return ok and v or 0 end
local sum = 0
for i = 1, tonumber(arg[1]) or 8000000 do sum = sum + outer(i % 10) end
print(sum)
