local function rec(n) if n == 0 then print(debug.traceback("deep")) return 0 end return 1 + rec(n - 1) end rec(5) rec(18) rec(19) rec(20) rec(21) rec(22) rec(23) rec(30) rec(100)
