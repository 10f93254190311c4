local function f() local x = 1 return x end debug.sethook(function() debug.sethook() error("from hook", 0) end, "c") print(pcall(f)) debug.sethook(function(e, l) debug.sethook() print(debug.traceback "in hook") end, "l")
f()
debug.sethook(function() debug.sethook() local i = debug.getinfo(1, "n") print(i.name, i.namewhat) end, "l")
f()
