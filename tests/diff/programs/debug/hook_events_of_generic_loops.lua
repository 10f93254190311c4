-- The first call of an iterator and the test behind each call are no instructions of their own to hooks.
local function iterator(n, i)
  if i < n then return i + 1 end
end
local function loop()
  for i in
    iterator,
    4,
    0
  do
    local x = i
  end
  for k, v
  in pairs { 5, 6 }
  do
  end
end
local lines, counts = {}, 0
debug.sethook(function(_, line) lines[#lines + 1] = line end, "l")
loop()
debug.sethook()
print(table.concat(lines, " "))
debug.sethook(function() counts = counts + 1 end, "", 1)
loop()
debug.sethook()
print(counts)
local co = coroutine.create(function()
  for i in function(_, i) i = (i or 0) + 1 coroutine.yield(i) if i < 4 then return i end end do
    local x = i
  end
end)
debug.sethook(co, function() counts = counts + 1 end, "", 1)
while coroutine.resume(co) do print(counts) end
