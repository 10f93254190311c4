print(load("x = = " .. ("a"):rep(100)))
print(load(("a"):rep(300) .. " 1"))
print(load("local x = '" .. ("s"):rep(200) .. "' 'y'"))
print(load("local x = " .. ("1"):rep(100) .. "z"))
