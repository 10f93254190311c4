print(#utf8.charpattern, (utf8.charpattern:gsub("[^%g ]", function(c) return ("\\%d"):format(c:byte()) end))) for c in ("a\u{e4}\u{20AC}"):gmatch(utf8.charpattern) do io.write(#c, " ") end print()
