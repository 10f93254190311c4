print(1 == 1.0, "1" == 1, nil == false, {} == {}, "a" == "a", 0 == -0, 0.0 == -0.0, 0 / 0 == 0 / 0, math.huge == math.huge)
local t = {} print(t == t, print == print, 2 ^ 53 == 2 ^ 53 + 1, 2 ^ 53 | 0 == (2 ^ 53 | 0) + 1)
