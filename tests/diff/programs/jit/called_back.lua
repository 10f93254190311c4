-- Functions that C functions call, compiled: comparisons, callbacks, metamethods of library functions, bodies of coroutines.

local function key(t, name) return t[name] or 0 end

-- comparisons, with what they call
do
  local Ordered = { __lt = function(a, b) return key(a, "n") < key(b, "n") end }
  for round = 1, 6 do
    local t = {}
    for i = 1, 200 do t[i] = setmetatable({ n = i * 7919 % 211, i = i }, Ordered) end
    table.sort(t, function(a, b) if a.n ~= b.n then return a.n > b.n end return a.i < b.i end)
    local s = 0
    for i = 1, #t do s = (s * 31 + t[i].n + t[i].i) % 1000003 end
    table.sort(t)
    for i = 2, #t do assert(not (t[i] < t[i - 1])) end
    print(round, s)
  end
end

-- comparisons that fail, are wrong, or yield
do
  local function list(n) local t = {} for i = 1, n do t[i] = { k = i % 17 } end return t end
  local calls = 0
  local function failing(a, b)
    calls = calls + 1
    if calls == 1500 then error({ at = calls }) end
    if calls == 1700 then error("message " .. calls) end
    if calls == 1900 then return a.k.missing.x end
    return a.k < b.k
  end
  for i = 1, 40 do
    local ok, e = pcall(table.sort, list(30), failing)
    if not ok then print(i, type(e) == "table" and e.at or e) end
  end
  print(pcall(table.sort, list(60), function(a, b) local x = a.k + b.k return x >= 0 or a.k < b.k end))
  local co = coroutine.wrap(function()
    return pcall(table.sort, list(40), function(a, b)
      calls = calls + 1
      if calls > 6000 then coroutine.yield(calls) end
      return a.k < b.k
    end)
  end)
  for _ = 1, 100 do table.sort(list(20), function(a, b) calls = calls + 1 return a.k < b.k end) end
  calls = 5990
  print(co())
end

-- replacements: none, one and several results, calls of the same function again
do
  local function upper(s) local n = #s local r = s:upper() if n % 2 == 0 then return r end end
  local function many(s, t) local a, b = s .. "1", s .. "2" if #s > 2 then return a, b, t end return b, a end
  local function nothing(s) local n = #s if n > 100 then return n end end
  local function nested(s) local n = #s if n < 2 then return s end return (s:sub(2):gsub("%w+", nested)) .. n end
  for i = 1, 60 do
    local text = ("word and words "):rep(3) .. i
    local a, n = text:gsub("%w+", upper)
    local b = text:gsub("(%w)(%w*)", many)
    local c = text:gsub("%w+", nothing)
    local d = ("abcd efg"):gsub("%w+", nested)
    if i % 20 == 0 then print(a, n, b, c, d) end
  end
  print(pcall(string.gsub, "abc", "%w", function(s) local t = { s } return t end))
end

-- metamethods that library functions call
do
  local mt = {
    __index = function(t, k) local v = k * 2 if v > 50 then return nil end return v end,
    __newindex = function(t, k, v) local w = v + 1 rawset(t, k, w) end,
    __len = function(t) local n = 24 return n + 1 - 1 end,
    __tostring = function(t) local n = rawlen(t) return "object " .. n end,
    __name = "object",
  }
  for i = 1, 40 do
    local t = setmetatable({}, mt)
    local s = table.concat(t, ",", 1, 24)
    table.insert(t, i)
    local u = table.move(t, 1, 10, 5, setmetatable({}, mt))
    if i % 10 == 0 then print(s, t[25], u[5], u[14], tostring(t), select("#", table.unpack(t, 1, 24))) end
  end
end

-- results of protected calls, any number of them
do
  local function results(n, a, b, c) local d = n % 4 if d == 0 then return end if d == 1 then return a, b, c, d end return d, a end
  local function again(n, ...) local x = n + 1 return results(x, ...) end
  local function count(...) return select("#", ...) end
  local s = 0
  for i = 1, 400 do
    s = s + count(xpcall(results, print, i, 1, 2, 3)) + count(pcall(results, i))
    local ok, x = xpcall(results, print, i, "a")
    s = s + (type(x) == "number" and x or 0)
  end
  print(s)
  local f = load("local g, n = ... for i = 1, 3 do n = n + 1 end return g(n, n)")
  for i = 1, 300 do s = s + count(f(results, i)) end
  print(s)
end

-- tail calls, recursion, what debuggers see
do
  local depth
  local function leaf(n) depth = 0 while debug.getinfo(depth + 1, "f") do depth = depth + 1 end return n end
  local function tail(s) local n = #s return leaf(n) end
  local function inner(s) local n = leaf(#s) return n end
  for _, f in ipairs { tail, inner } do
    for i = 1, 300 do local _ = ("ab"):gsub(".", f) end
    print(depth)
  end
  local trace
  local function look(s) local n = #s if n == 3 then trace = debug.traceback("look") end return s end
  for i = 1, 300 do ("ab"):gsub(".+", look) end
  local _ = ("abc"):gsub(".+", look)
  print(trace)
  local function fib(s) local n = #s if n < 2 then return s end return (s:sub(2):gsub(".+", fib)) .. (s:sub(3):gsub(".+", fib)) end
  for i = 1, 5 do print(#fib(("x"):rep(10))) end
  local function deep(s) local n = #s + 1 return (s:gsub(".+", deep)) end
  print(pcall(deep, "x"))
end

-- hooks set by what is called, locals changed under it
do
  local events = 0
  local function hooked(s)
    local n = #s
    if n == 5 then debug.sethook(function() events = events + 1 end, "crl") end
    if n == 6 then debug.sethook() end
    return n
  end
  for i = 1, 300 do ("ab cd"):gsub("%w+", hooked) end
  ("abcde ab abcdef"):gsub("%w+", hooked)
  print(events)
  local function change(s) local v = s debug.setlocal(1, 2, "changed") return v end
  for i = 1, 300 do assert(("ab"):gsub("%w+", change) == "changed") end
end

-- bodies of coroutines
do
  local s = 0
  local function body(a, b) local c = a + b if c % 3 == 0 then c = c + coroutine.yield(c) end return c, a end
  for i = 1, 400 do
    local co = coroutine.create(body)
    local ok, x = coroutine.resume(co, i, 1)
    s = s + x
    if coroutine.status(co) == "suspended" then ok, x = coroutine.resume(co, 5) s = s + x end
    assert(coroutine.status(co) == "dead")
  end
  print(s)
  local gen = function(n) local i = 0 return function() i = i + 1 if i <= n then return i end end end
  for i = 1, 300 do local co = coroutine.wrap(gen) local it = co(3) for v in it do s = s + v end end
  print(s)
end

-- collections and finalizers
do
  local done = 0
  local function finish(o) local n = o.n done = done + n end
  local mt = { __gc = finish }
  for i = 1, 500 do setmetatable({ n = 1 }, mt) end
  collectgarbage() collectgarbage()
  print(done)
  local function make(s) local t = {} for i = 1, 3 do t[i] = { s } end return #t .. s end
  local out
  for i = 1, 300 do out = ("a b c"):gsub("%w", make) end
  print(out)
  local function collecting(s) local t = { s } collectgarbage("step") return t[1] .. #t end
  for i = 1, 300 do out = ("a b c"):gsub("%w", collecting) end
  print(out)
end

-- the same function called by C functions, by loops and by itself
do
  local function even(s) if #s == 0 then return "even" end local r = even(s:sub(3)) if #s == 1 then return "odd" end return r end
  local n = 0
  for i = 1, 300 do
    ("abcd"):gsub(".+", even)
    if even(("x"):rep(i % 6)) == "even" then n = n + 1 end
  end
  print(n, (("abc"):gsub(".+", even)))
end

-- errors while what has raised them is being recorded, below code that goes on
do
  local k, caught = 0, 0
  local function fails(s)
    local n = #s + k
    if n % 3 == 0 then error("three") end
    if n % 5 == 0 then error("five") end
    if n % 7 == 0 then local t = nil return t.x end
    return s
  end
  local function recurse(n)
    if n == 0 then return 0 end
    k = k + 1
    if not pcall(string.gsub, "a", ".", fails) then caught = caught + 1 end
    return recurse(n - 1) + 1
  end
  for i = 1, 20 do assert(recurse(30) == 30) end
  for i = 1, 400 do
    k = i
    if not pcall(string.gsub, "ab", ".", fails) then caught = caught + 1 end
  end
  print(caught)
end
