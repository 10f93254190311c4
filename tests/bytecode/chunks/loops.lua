local s = 0
for i = 1, 3 do s = s + i end
for i = 3.0, 1, -0.5 do s = s + i end
for k, v in pairs { 1, 2, x = 3 } do s = s + v end
local i = 0
while i < 4 do i = i + 1 if i == 2 then goto continue end s = s - 1 ::continue:: end
repeat local j = i i = i - 1 until j <= 1
return s // 2, s % 3, s & 7, -i, ~i, not i, #"abc", "a" .. i .. "b"
