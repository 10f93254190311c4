-- coroutines: a recursive generator
local function generate(a, n)
  if n <= 1 then coroutine.yield(a) return end
  for i = 1, n do
    a[n], a[i] = a[i], a[n]
    generate(a, n - 1)
    a[n], a[i] = a[i], a[n]
  end
end
local count, sum = 0, 0
for p in coroutine.wrap(function() generate({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, tonumber(arg[1]) or 10) end) do
  count = count + 1
  sum = sum + p[1] * p[9]
end
print(count, sum)
