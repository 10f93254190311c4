local l = nil local t = {} local up = nil
for _, f in ipairs {
  function() return l.x end, function() local a a.b = 1 end, function() return g.x end, function() return t.x.y end, function() t.x.y.z = 1 end,
  function() return t[1][2] end, function() local k = "key" return t[k].v end, function() return t.m:n() end, function() return ("x").y.z end,
  function() return (nil)[1] end, function() return t["a b"].c end, function() return up.x end, function() up.x = 1 end, function() return g.h.i end,
  function() _ENV.nope.x = 1 end, function() local _ENV = {} return q.x end, function() return t[t].x end, function() return t[1.5].x end,
  function() return t[nil].x end, function() return (1).x end, function() return true .. "" end, function() local a <const> = nil return a.b end,
  function() return math.nope.x end, function() return (t.x).y end, function() return t.x[1] end, function() return t.x[l] end, function() return t[-1].x end } do
  print(pcall(f))
end
