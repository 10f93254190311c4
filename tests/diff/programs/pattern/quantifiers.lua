for _, p in ipairs { "a*", "a+", "a-", "a?", "a-b", "a*a", "a+b", "a?b", "^a*$", "^a-$", "b*", ".-b", ".*b", "a-$", "a?a?a?a", "ba*", "^b*" } do print(p, ("aaab"):match(p), ("aaab"):find(p)) end
