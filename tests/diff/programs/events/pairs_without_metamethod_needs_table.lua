print(pcall(pairs, 1)) print(pcall(pairs, "x")) print(pcall(function() for _ in pairs(nil) do end end)) print(pcall(function() local t for _ in pairs(t) do end end))
