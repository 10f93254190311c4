-- objects: a scheduler of tasks that pass messages
local Task = {}
Task.__index = Task
function Task.new(name, priority, work) return setmetatable({ name = name, priority = priority, work = work, queue = {}, head = 1, tail = 0, done = 0 }, Task) end
function Task:send(m) self.tail = self.tail + 1 self.queue[self.tail] = m end
function Task:receive()
  if self.head > self.tail then return nil end
  local m = self.queue[self.head]
  self.queue[self.head] = nil
  self.head = self.head + 1
  return m
end
function Task:run()
  local m = self:receive()
  if m then self.done = self.done + 1 self:work(m) end
  return m
end
local tasks = {}
local function forward(step) return function(self, m)
  m.hops = m.hops + 1
  m.sum = m.sum + self.priority
  local to = tasks[(self.priority + step) % #tasks + 1]
  if m.hops < 40 then to:send(m) end
end end
for i = 1, 7 do tasks[i] = Task.new("task" .. i, i, forward(i * 3)) end
local total = 0
for round = 1, tonumber(arg[1]) or 18000 do
  local messages = {}
  for i = 1, 5 do messages[i] = { hops = 0, sum = 0 } tasks[i]:send(messages[i]) end
  local active = true
  while active do
    active = false
    for _, t in ipairs(tasks) do if t:run() then active = true end end
  end
  for _, m in ipairs(messages) do total = total + m.sum end
end
print(total, tasks[1].done)
