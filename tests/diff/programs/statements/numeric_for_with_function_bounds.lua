local log = {} local function v(x) log[#log + 1] = x return x end for i = v(1), v(3), v(1) do end print(table.concat(log, " "))
