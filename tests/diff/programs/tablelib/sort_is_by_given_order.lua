local t = { { n = 3 }, { n = 1 }, { n = 2 } } table.sort(t, function(a, b) return a.n > b.n end) for _, v in ipairs(t) do io.write(v.n, " ") end print()
