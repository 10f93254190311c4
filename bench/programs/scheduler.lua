-- coroutines: many tasks in turn, created and ended
local create, resume, yield, status = coroutine.create, coroutine.resume, coroutine.yield, coroutine.status
local done, total = 0, 0
local function task(n) for i = 1, n do total = total + i yield(i) end done = done + 1 return n end
for _ = 1, tonumber(arg[1]) or 4500 do
  local tasks = {}
  for i = 1, 50 do tasks[i] = create(task) end
  local left = #tasks
  while left > 0 do
    for i = #tasks, 1, -1 do
      local t = tasks[i]
      if status(t) ~= "dead" then
        local _, v = resume(t, i)
        if status(t) == "dead" then left = left - 1 end
      end
    end
  end
end
print(done, total)
