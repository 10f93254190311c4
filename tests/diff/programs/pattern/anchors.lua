print(("abc"):find "^b", ("abc"):find "^a", ("abc"):find "c$", ("abc"):find "b$", ("a^b$c"):find "a^b", ("a$b"):find "a$b", ("x^"):find "^x^", ("abc"):find("^b", 2), ("abc"):gsub("^a", "x"), ("aaa"):gsub("^a", "x"), (""):find "^$", ("abc"):find "$", ("a$"):find "$$")
for w in ("aab"):gmatch "^a" do io.write(w, ";") end print()
