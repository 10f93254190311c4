local w = setmetatable({}, { __mode = "k" }) w[{}] = 1 w["str"] = 2 w[1] = 3 local k = {} w[k] = 4 collectgarbage() local n = 0 for _ in pairs(w) do n = n + 1 end print(n, w[k], w.str, w[1])
