print(pcall(function() return (5).x end)) print(("x").len, ("x").nope, #"x") print(pcall(function() return ("x").y.z end)) print(pcall(function() local s = "abc" s.x = 1 end))
