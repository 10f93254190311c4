-- strings: edit distance over bytes
local function distance(a, b)
  local prev, cur = {}, {}
  for j = 0, #b do prev[j] = j end
  for i = 1, #a do
    cur[0] = i
    local ca = a:byte(i)
    for j = 1, #b do
      local cost = ca == b:byte(j) and 0 or 1
      cur[j] = math.min(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + cost)
    end
    prev, cur = cur, prev
  end
  return prev[#b]
end
local a, b = ("kitten sitting on the mat "):rep(8), ("sitting kitten at the moat "):rep(8)
local sum = 0
for _ = 1, tonumber(arg[1]) or 270 do sum = sum + distance(a, b) end
print(sum)
