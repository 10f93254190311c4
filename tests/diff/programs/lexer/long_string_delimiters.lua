for _, s in ipairs { "[=", "[=abc", "[==", "x = [=[", "x = [=]" } do print(load(s)) end
