print(("%d"):format(5), ("x"):rep(2), #("abc"):reverse(), ("a,b"):find(",", 1, true))
print(pcall(function() return (5):foo() end)) print(pcall(function() return ("x"):nope() end)) print(pcall(function() return (nil):x() end))
