print(pcall(string.dump, print)) print(pcall(string.dump)) print(pcall(string.dump, 1)) print(type(string.dump(function() end)), #string.dump(load "x = 1", true) < #string.dump(load "x = 1"))
