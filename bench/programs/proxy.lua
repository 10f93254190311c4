-- metamethods: objects behind functions for reading and writing
local reads, writes = 0, 0
local function proxy(target)
  return setmetatable({}, {
    __index = function(_, k) reads = reads + 1 return target[k] end,
    __newindex = function(_, k, v) writes = writes + 1 target[k] = v end,
    __len = function() return #target end,
  })
end
local p = proxy({ 1, 2, 3, 4, 5, 6, 7, 8, total = 0 })
for i = 1, tonumber(arg[1]) or 7800000 do p.total = p.total + p[i % 8 + 1] + #p end
print(p.total, reads, writes)
