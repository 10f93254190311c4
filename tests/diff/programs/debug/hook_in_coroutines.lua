local log = {} local co = coroutine.create(function()
  local x = 1
  coroutine.yield(x)
  x = 2
  return x
end)
debug.sethook(co, function(e, l) log[#log + 1] = e .. (l and ":" .. l or "") end, "crl") coroutine.resume(co) log[#log + 1] = "resumed" coroutine.resume(co) print(table.concat(log, "\n")) print(debug.gethook(co)) debug.sethook(co) print(debug.gethook(co))
