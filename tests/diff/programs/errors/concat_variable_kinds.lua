local l, t, s = nil, {}, "s"
for _, f in ipairs {
  function() return l .. "x" end, function() return "x" .. l end, function() return t.x .. "a" end, function() return "a" .. t.x end, function() return g .. "a" end, function() return s .. {} end,
  function() return {} .. s end, function() return "a" .. "b" .. l .. "c" end, function() return 1 .. nil end, function() return true .. 1 end, function() local a = {} return "x" .. a .. "y" end,
  function() return s .. t.x .. s end, function() local a = print return a .. 1 end, function() return ("x"):rep(3) .. t.y end } do
  print(pcall(f))
end
