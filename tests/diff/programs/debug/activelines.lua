local function lines(f) local t = {} for l in pairs(debug.getinfo(f, "L").activelines) do t[#t + 1] = l end table.sort(t) return table.concat(t, " ") end
local function a() end
local function b()
  local x

  if x then
    x = 1
  else
    x = 2
  end
  for i = 1, 2 do
    x = i
  end
  return x
end
local function c(...)
  return ...
end
print(lines(a)) print(lines(b)) print(lines(c)) print(lines(function() end)) print(lines(load "\n\nx = 1\n\ny = 2\n")) print(debug.getinfo(print, "L").activelines) print(lines(load "local function f() end\nreturn {\n1,\n2,\n}"))
