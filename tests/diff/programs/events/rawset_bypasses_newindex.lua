local t = setmetatable({}, { __newindex = function() error "no" end }) rawset(t, 1, "a") print(t[1], pcall(function() t[2] = 1 end)) t[1] = "b" print(t[1])
