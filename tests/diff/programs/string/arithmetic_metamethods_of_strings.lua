local mt = getmetatable("") print(mt.__add and 1, mt.__sub and 1, mt.__mod and 1, mt.__unm and 1, mt.__div and 1, mt.__idiv and 1, mt.__pow and 1, mt.__mul and 1, mt.__concat, mt.__band)
print(pcall(mt.__add, "a", 1)) print(pcall(mt.__add, {}, 1)) print(pcall(mt.__unm, "x")) print(mt.__add("1", 2), mt.__add(1, 2.5))
print(pcall(mt.__idiv, 1, "x")) print(pcall(mt.__add, "1", setmetatable({}, { __add = function() return "meta" end }))) print(pcall(mt.__pow, "x", {}))
