local co = coroutine.create(function(...) local n = select("#", ...) while true do n = select("#", coroutine.yield(n)) end end) for i = 0, 3 do print(coroutine.resume(co, table.unpack({}, 1, i))) end
