local function f() print(debug.traceback()) print(debug.traceback("msg")) print(debug.traceback("msg", 0)) print(debug.traceback("msg", 2)) print(debug.traceback("msg", 10)) print(debug.traceback(nil)) print(debug.traceback({}) ~= nil, debug.traceback(12), debug.traceback(true)) print(debug.traceback("x", -1)) end
f()
