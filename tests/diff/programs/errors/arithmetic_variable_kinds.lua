local l, up, t, s = nil, {}, {}, "str"
for _, f in ipairs {
  function() return l + 1 end, function() return 1 + l end, function() return g + 1 end, function() return t.x + 1 end, function() return 1 + t.x end, function() return t.x * t.y end,
  function() local a = {} return a - 1 end, function() local a, b = 1, {} return a - b end, function() return up / 2 end, function() return -l end, function() return -t.x end, function() return #l end,
  function() return #t.x end, function() return ~l end, function() return ~t.x end, function() return s + 1 end, function() return 1 + s end, function() return "abc" + 1 end, function() return {} + 1 end,
  function() return l & 1 end, function() return t.x | 1 end, function() return 1.5 & 1 end, function() local a = 1.5 return a & 1 end, function() local a = 1.5 return 1 | a end, function() return t.x ~ 1 end,
  function() return 2 ^ l end, function() return l // 1 end, function() return t[1] % 2 end, function() return l << 1 end, function() return 1 << l end, function() return 1 >> t.x end, function() return s & 1 end,
  function() local a = "1.5" return a | 1 end, function() return 2 ^ 63 | 1 end, function() local a = 2 ^ 63 return ~a end, function() return t.x.y + 1 end, function() local a = true return a + a end } do
  print(pcall(f))
end
