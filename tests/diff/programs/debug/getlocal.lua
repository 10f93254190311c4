local function f(a, b, ...)
  local c, d = 3
  do local inner = 4 end
  local i = 1
  while true do local n, v = debug.getlocal(1, i) if not n then break end print(i, n, v) i = i + 1 end
  i = -1
  while true do local n, v = debug.getlocal(1, i) if not n then break end print(i, n, v) i = i - 1 end
end
f(1, 2, "va1", "va2") f() print(debug.getlocal(f, 1), debug.getlocal(f, 2), debug.getlocal(f, 3), debug.getlocal(f, -1)) print(debug.getlocal(print, 1)) print(pcall(debug.getlocal, 100, 1)) print(pcall(debug.getlocal)) print(pcall(debug.getlocal, 1)) print(pcall(debug.getlocal, "x", 1)) print(pcall(debug.getlocal, 1, "x")) print(debug.getlocal(1, 1000)) print(debug.getlocal(1, math.mininteger))
