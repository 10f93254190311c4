print(("a.b"):find(".", 2, true), ("a.b"):find(".", 3, true), ("aaa"):find("a", -1), ("aaa"):find("a", -2), ("aaa"):find("", -1), ("aaa"):find("", 10))
