-- garbage: weak tables and finalizers
local cache, finalized = setmetatable({}, { __mode = "v" }), 0
local meta = { __gc = function() finalized = finalized + 1 end }
for i = 1, tonumber(arg[1]) or 2500000 do
  cache[i % 1000] = setmetatable({ i }, meta)
  local weak = setmetatable({}, { __mode = "k" })
  weak[cache] = i
end
cache = nil
collectgarbage()
print(finalized)
