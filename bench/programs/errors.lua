-- pcall: errors of several kinds, caught and passed on
local function risky(i)
  if i % 3 == 0 then error("three at " .. i, 0) end
  if i % 5 == 0 then error({ code = i }) end
  if i % 7 == 0 then local t = nil return t.x end
  return i
end
local ok, strings, tables, total = 0, 0, 0, 0
for i = 1, tonumber(arg[1]) or 3000000 do
  local good, e = pcall(risky, i)
  if good then ok = ok + 1 total = total + e elseif type(e) == "table" then tables = tables + 1 else strings = strings + #e % 2 end
end
local handled = 0
for i = 1, 200000 do xpcall(risky, function() handled = handled + 1 end, i) end
print(ok, strings > 0, tables, total, handled)
