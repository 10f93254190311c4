-- strings: numbers to text and back
local n, len, format = 0, 0, string.format
for i = 1, tonumber(arg[1]) or 500000 do
  local s = format("%d %5.2f %s %x", i, i / 7, "abc", i)
  len = len + #s + #tostring(i / 3)
  n = n + tonumber(s:match("^%d+")) + math.tointeger(tostring(i))
end
print(n, len)
