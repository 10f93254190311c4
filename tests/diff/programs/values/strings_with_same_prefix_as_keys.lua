local t = {} for i = 1, 200 do t[("p"):rep(i)] = i end print(t[("p"):rep(40)], t[("p"):rep(41)], t[("p"):rep(200)], t[("p"):rep(201)])
