print(#"", #"abc", #"a\0b", #{}, #{ 1, 2, 3 }, #{ nil, nil, 3 } >= 0, #{ n = 1 }, #{ 1, 2, nil, 4 } >= 2)
print(pcall(function() return #nil end)) print(pcall(function() return #5 end)) print(pcall(function() local f = print return #f end))
