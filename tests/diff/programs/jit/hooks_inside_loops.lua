-- Hooks are set and removed inside hot loops; what they see afterwards is the same.
local function run(mask, count, body)
  local events = {}
  local function hook(e, line) if #events < 120 then events[#events + 1] = e:sub(1, 4) .. (line and (":" .. line) or "") end end
  body(function() debug.sethook(hook, mask, count) end, function() debug.sethook() end)
  debug.sethook()
  print(mask, count, #events, table.concat(events, " "))
end
local function plain(on, off)
  local s = 0
  for i = 1, 400 do
    if i == 300 then on() end
    s = s + i
    if i == 305 then off() end
  end
end
local function calls(on, off)
  local function f(x) return x + 1 end
  local s = 0
  for i = 1, 400 do
    if i == 300 then on() end
    s = f(s)
    s = math.abs(s)
    if i == 304 then off() end
  end
end
local function while_loop(on, off)
  local i = 0
  while i < 400 do
    i = i + 1
    if i == 300 then on() elseif i == 310 then off() end
  end
end
local function repeat_loop(on, off)
  local i = 0
  repeat
    i = i + 1
    if i == 300 then on()
    elseif i == 306 then off() end
  until i >= 400
end
local function generic(on, off)
  local t = {}
  for i = 1, 400 do t[i] = i end
  for i, v in ipairs(t) do
    if i == 300 then on() end
    t[i] = v + 1
    if i == 305 then off() end
  end
  local n = 0
  for k in pairs(t) do n = n + 1 if n == 300 then on() elseif n == 303 then off() end end
end
local function nested(on, off)
  for i = 1, 40 do
    for j = 1, 20 do
      if i == 30 and j == 5 then on() end
      if i == 31 and j == 2 then off() end
    end
  end
end
local function tail(on, off)
  local function g(x) return x end
  local function f(x) return g(x) end
  for i = 1, 400 do
    if i == 300 then on() end
    f(i)
    if i == 302 then off() end
  end
end
for _, body in ipairs { plain, calls, while_loop, repeat_loop, generic, nested, tail } do
  run("l", 0, body)
  run("c", 0, body)
  run("r", 0, body)
  run("crl", 0, body)
  run("", 1, body)
  run("", 7, body)
end
-- the hook is set by a called function, and by the hook itself
local n = 0
local function set() debug.sethook(function() n = n + 1 if n == 20 then debug.sethook() end end, "", 1) end
for i = 1, 400 do if i == 200 then set() end end
print(n)
-- the hook changes a local of the loop
local x = 0
for i = 1, 400 do
  if i == 300 then
    debug.sethook(function()
      for k = 1, 20 do
        local name = debug.getlocal(2, k)
        if name == "x" then debug.setlocal(2, k, 1000.5) debug.sethook() break end
      end
    end, "l")
  end
  x = x + 1
end
print(x)
-- the hook raises
print(pcall(function() for i = 1, 400 do if i == 300 then debug.sethook(function() debug.sethook() error("from hook", 0) end, "", 5) end end end))
print(pcall(function() local i = 0 while true do i = i + 1 if i == 300 then debug.sethook(function() debug.sethook() error("stopped") end, "", 1000) end end end))
-- a hook of a coroutine does not concern the loop of another, which is hot already
local co = coroutine.wrap(function() for i = 1, 500 do if i % 100 == 0 then coroutine.yield(i) end end end)
local hits = 0
local other = coroutine.create(function() for i = 1, 50 do coroutine.yield() end end)
debug.sethook(other, function() hits = hits + 1 end, "l")
for i = 1, 40 do if i % 10 == 0 then co() end coroutine.resume(other) end
print(hits)
-- once more after everything
for i = 1, 400 do n = n + i end
print(n)
