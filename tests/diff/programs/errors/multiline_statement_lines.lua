local t = {}
print(pcall(function()
  local x = t
    .a
    .b
end))
print(pcall(function()
  return 1 +
    2 +
    t
end))
print(pcall(function()
  t.f(
    1,
    2
  )
end))
print(pcall(function()
  local s = "a" ..
    "b" ..
    t ..
    "c"
end))
print(pcall(function()
  local y = { 1,
    2,
    t.x.y,
  }
end))
print(pcall(function()
  error(
    "multi"
  )
end))
print(pcall(function()
  if t
    <
    1 then
  end
end))
print(pcall(function()
  t
  :
  method
  (
  )
end))
