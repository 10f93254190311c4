-- strings: concatenation and substrings
local n = tonumber(arg[1]) or 3000000
local h = 0
for i = 1, n do
  local s = "k" .. i .. "v" .. (i % 7)
  h = (h * 31 + #s + s:byte(2) + s:byte(-1)) % 1000003
  if s:sub(1, 3) == "k10" then h = h + 1 end
end
print(h)
