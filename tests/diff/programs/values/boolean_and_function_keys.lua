local f = function() end local t = { [true] = 1, [false] = 2, [f] = 3, [print] = 4 } print(t[true], t[false], t[f], t[print], t[1 == 1])
