-- Functions of the library that look at threads, at the environment and at numbers, from loops; arguments that they refuse.
local function statuses(n)
  local co = coroutine.create(function(a)
    local own = coroutine.running()
    for i = 1, n do
      a = coroutine.yield(coroutine.status(own), select(2, coroutine.running()), a)
    end
  end)
  local seen = {}
  for i = 1, n + 2 do
    local before = coroutine.status(co)
    local ok, status, main, back = coroutine.resume(co, i)
    seen[i] = table.concat({ before, tostring(ok), tostring(status), tostring(main), tostring(back) }, " ")
  end
  return seen[1], seen[n], seen[n + 1], seen[n + 2], coroutine.status(co)
end
print(statuses(200))

local function count_main(n)
  local mains, threads = 0, {}
  for i = 1, n do
    local thread, main = coroutine.running()
    threads[thread] = true
    if main then mains = mains + 1 end
  end
  local different = 0
  for _ in pairs(threads) do different = different + 1 end
  return mains, different
end
print(count_main(300), coroutine.wrap(count_main)(300))

local function numbers(list)
  local sum = 0
  for i = 1, 300 do
    local x = list[i % #list + 1]
    sum = sum + math.atan(x, 2) + math.atan2(x, i) + math.pow(x, 2) + math.log10(i) + math.cosh(x / 100) +
      math.sinh(x / 100) + math.tanh(x) + math.ldexp(x, i % 5) + math.frexp(x) + os.difftime(i, 5)
  end
  return string.format("%.10g", sum)
end
print(numbers { 1, 2.5, -3 }, numbers { "4", 0x10 })
print(pcall(numbers, { 1, 2, 3, {} }))
print(pcall(numbers, { 1, 2, "x" }))

local function environment(names)
  local found, missing = 0, 0
  for i = 1, 300 do
    local v = os.getenv(names[i % #names + 1])
    if v == nil then missing = missing + 1 else found = found + #v // #v end
  end
  return found, missing
end
print(environment { "PATH", "NO_SUCH_VARIABLE_HERE" })
print(pcall(environment, { "PATH", "PATH", false }))
print(pcall(function()
  for i = 1, 300 do
    if coroutine.status(i < 250 and coroutine.running() or i) ~= "running" then print("never") end
  end
end))
