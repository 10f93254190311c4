local function check(x) if not x then error("bad x", 2) end end
check(1)
check()
