local function trace(f) local t = {} debug.sethook(function(e, l) t[#t + 1] = l end, "l") f() debug.sethook() print(table.concat(t, " ")) end
trace(function()
  local x = 1
  if x > 0 then
    x = 2
  else
    x = 3
  end
  for i = 1, 2 do
    x = x + i
  end
  while x < 7 do x = x + 1 end
  repeat
    x = x - 1
  until x < 5
  local t = {
    1,
    x,
  }
  goto done
  x = 0
  ::done::
  return x
end)
trace(function() for i = 1, 3 do local a = i end end) trace(load("\n\nlocal a = 1\n\n\nlocal b = a\n")) trace(load("for i = 1, 2 do\nend\nfor k in pairs{1} do\nend\nwhile false do\nend")) trace(load("local function f()\nreturn 1\nend\nf()\nlocal x = f() + f()\nreturn f()"))
