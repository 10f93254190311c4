debug.sethook(function(e, l) if l == 3 then error("hook error") end end, "l")
local a = 1
local b = 2
local c = 3
