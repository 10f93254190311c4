local function inner(x) coroutine.yield(x) end local co = coroutine.create(function(a) local b = a
  inner(b)
end) print(debug.getinfo(co, 0)) print(debug.getinfo(co, 1)) coroutine.resume(co, 5) for i = 0, 3 do local info = debug.getinfo(co, i, "nSl") print(i, info and info.name, info and info.what, info and info.currentline) end print(debug.getlocal(co, 1, 1)) print(debug.getlocal(co, 2, 1)) print(debug.getlocal(co, 2, 2)) print(pcall(debug.getlocal, co, 9, 1)) coroutine.resume(co) print(debug.getinfo(co, 0), debug.getinfo(co, 1))
