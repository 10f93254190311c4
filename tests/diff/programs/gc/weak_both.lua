local w = setmetatable({}, { __mode = "kv" }) local a, b = {}, {} w[a] = b w[{}] = b w[b] = {} w[1] = {} w[a] = b collectgarbage() local n = 0 for _ in pairs(w) do n = n + 1 end print(n, w[a] == b)
