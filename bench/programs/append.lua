-- strings: texts that grow piece by piece
local function join(n)
  local s = ""
  for i = 1, n do s = s .. "item " .. i .. "," end
  return s
end
local function escape(text)
  local s = ""
  for i = 1, #text do
    local c = text:sub(i, i)
    if c == "," then s = s .. "&comma;" else s = s .. c end
  end
  return s
end
local n = tonumber(arg[1]) or 3000
local h = 0
for i = 1, n do
  local s = escape(join(40 + i % 100))
  h = (h * 31 + #s + s:byte(i % #s + 1)) % 1000003
end
print(h)
