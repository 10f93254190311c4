local function f() local x = 1
  local y = x
  return y
end
debug.sethook(function(e, l) local n, v = debug.getlocal(2, 1) if n == "x" and v == 1 then debug.setlocal(2, 1, 99) end end, "l") local r = f() debug.sethook() print(r)
