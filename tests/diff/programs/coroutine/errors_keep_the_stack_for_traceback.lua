local co = coroutine.create(function()
  local function inner() error("deep") end
  inner()
end)
print(coroutine.resume(co)) print(debug.traceback(co)) print(coroutine.close(co)) print(debug.traceback(co))
