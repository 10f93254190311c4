-- garbage: strings that die at once, a few that stay
local keep, n = {}, 0
for i = 1, tonumber(arg[1]) or 3600000 do
  local s = "item " .. i
  if i % 1000 == 0 then keep[#keep + 1] = s end
  n = n + #s
end
print(n, #keep, keep[#keep])
