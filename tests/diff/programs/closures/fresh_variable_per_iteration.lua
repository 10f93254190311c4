local fs = {} for i = 1, 3 do fs[i] = function() i = i + 10 return i end end print(fs[1](), fs[1](), fs[2](), fs[3]())
local gs = {} for k, v in pairs { a = 1 } do gs[1] = function() return k, v end end print(gs[1]())
local hs, j = {}, 0 while j < 3 do j = j + 1 local c = j hs[j] = function() c = c + 1 return c end end print(hs[1](), hs[1](), hs[2]())
local rs = {} local n = 0 repeat n = n + 1 local c = n rs[n] = function() return c end until c == 3 print(rs[1](), rs[2](), rs[3]())
