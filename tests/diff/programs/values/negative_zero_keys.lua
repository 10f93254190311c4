local t = { [0] = "zero" } print(t[-0.0], t[0.0]) t[-0.0] = "neg" print(t[0]) for k in pairs(t) do print(k, math.type(k)) end
