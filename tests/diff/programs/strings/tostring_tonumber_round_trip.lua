for _, v in ipairs { 1, -1, 1.5, 1e15, 2 ^ 53, math.maxinteger, math.mininteger, 0.1, 1e100, -0.0 } do print(v, tonumber(tostring(v)) == v, math.type(tonumber(tostring(v)))) end
