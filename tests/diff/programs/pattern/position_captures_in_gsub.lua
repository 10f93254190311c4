print(("hello"):gsub("()l()", "%1-%2")) print(("hello"):gsub("()(l)", function(p, c) return p .. c end)) print(("abc"):find "()") print(("abc"):match("()", 4), ("abc"):match("()", 10))
