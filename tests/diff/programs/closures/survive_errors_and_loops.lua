local saved = {} print(pcall(function() local x = 1 saved[1] = function() x = x + 1 return x end error("out") end)) print(saved[1](), saved[1]())
for i = 1, 2 do local y = i saved[i] = function() return y end if i == 2 then break end end print(saved[1](), saved[2]())
