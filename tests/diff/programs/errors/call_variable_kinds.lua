local l = nil local t = {} local up
for _, f in ipairs {
  function() l() end, function() local a a() end, function() g() end, function() t.x() end, function() t:m() end, function() t[1]() end, function() t["k"]() end,
  function() (1)() end, function() ("x")() end, function() t() end, function() return l() end, function() return t.x(1) end, function() up() end, function() g.x() end,
  function() local k = "z" t[k]() end, function() t.a.b() end, function() (nil)() end, function() ({})() end, function() (t.x or t.y)() end, function() local f = 5 f() end,
  function() string.nope("x") end, function() ("x"):nope() end, function() (function() end)()() end, function() for _ in 5 do end end, function() return t:m(1, 2) end } do
  print(pcall(f))
end
