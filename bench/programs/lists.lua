-- garbage: linked lists built, reversed, dropped
local function build(n) local l for i = 1, n do l = { value = i, next = l } end return l end
local function reverse(l) local r while l do r, l = { value = l.value, next = r }, l.next end return r end
local sum = 0
for i = 1, tonumber(arg[1]) or 70 do
  local l = reverse(build(50000))
  while l do sum = sum + l.value l = l.next end
end
print(sum)
