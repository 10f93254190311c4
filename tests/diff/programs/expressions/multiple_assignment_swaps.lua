local a = { 1, 2, 3 } a[1], a[3] = a[3], a[1] print(a[1], a[2], a[3])
local i = 3 i, a[i] = i - 1, 9 print(i, a[3]) do local a <const> = 5 local b, c = a, a + 1 print(b, c) end
