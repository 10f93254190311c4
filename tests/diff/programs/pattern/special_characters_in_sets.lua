print(("a^b"):find "[%^]", ("a^b"):find "[b^]", ("x-y"):find "[x%-y]+", ("a]"):find "[]a]+", ("a.b"):find "[.]", ("(x)"):find "[(]", ("a\\b"):find "[\\]", ("%d"):find "[%%d]+", ("a\nb"):find "[\n]")
