local n = 0 local function it() n = n + 1 return ipairs { 1, 2, 3 } end for _ in it() do end print(n)
