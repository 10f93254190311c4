local t = setmetatable({}, { __add = function(a, b) return "add", type(a), type(b) end, __sub = function(a, b) return type(a) .. "-" .. type(b) end,
  __shl = function(a, b) return type(a) .. "<<" .. type(b) end, __shr = function(a, b) return type(a) .. ">>" .. type(b) end, __band = function(a, b) return type(a) .. "&" .. type(b) end, __lt = function(a, b) return type(a) == "number" end })
print(1 + t, t + 1, 1 - t, t - 1, 1 << t, t << 1, 1 >> t, t >> 1, 5 & t, t & 5, 1 < t, t < 1, 1 > t, t > 1, 1.5 & t, "a" & t)
