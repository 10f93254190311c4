local t = { a = { b = { c = function() return { d = function() return function(x) return x * 2 end end } end } } }
print(t.a.b.c().d()(21)) print(t["a"]["b"].c()["d"]()(4))
