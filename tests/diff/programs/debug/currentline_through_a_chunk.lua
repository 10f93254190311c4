local function line() return debug.getinfo(2, "l").currentline end
print(line(),
  line(),
  line())
local t = { line(),

  line() }
print(t[1], t[2])
