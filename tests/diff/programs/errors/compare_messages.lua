local mt = setmetatable({}, { __name = "Named" }) local t = {}
for _, f in ipairs {
  function() return 1 < "x" end, function() return "x" < 1 end, function() return {} < {} end, function() return nil < nil end, function() return true < 1 end, function() return mt < 1 end, function() return mt < mt end,
  function() return t.x < 1 end, function() return 1 <= t.x end, function() return print > print end, function() return 1 > {} end, function() return "a" >= {} end, function() return io.stdout < 1 end,
  function() return coroutine.create(print) < 1 end, function() return 5 > nil end, function() return nil > 5 end, function() return 1.5 < "1" end, function() return nil <= 2.0 end } do
  print(pcall(f))
end
