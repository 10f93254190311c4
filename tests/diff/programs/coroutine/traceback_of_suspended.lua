local function inner() coroutine.yield() end local co = coroutine.create(function() local x = 1
  inner()
end) coroutine.resume(co) print(debug.traceback(co)) print(debug.traceback(co, "msg")) print(debug.traceback(co, "msg", 1)) print(debug.traceback(co, nil)) local dead = coroutine.create(function() error "x" end) coroutine.resume(dead) print(debug.traceback(dead)) print(debug.traceback(coroutine.create(print))) local fin = coroutine.create(function() end) coroutine.resume(fin) print(debug.traceback(fin))
