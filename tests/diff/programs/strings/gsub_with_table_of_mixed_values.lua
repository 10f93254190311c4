print(("a b c d"):gsub("%a", { a = 1, b = 2.5, c = false, d = "D" })) print(("a b"):gsub("%a", setmetatable({}, { __index = function(_, k) return k:upper() end })))
