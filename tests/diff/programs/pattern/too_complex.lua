print(pcall(string.match, ("a"):rep(200), (".-"):rep(2) .. "b")) print(pcall(string.find, ("x"):rep(250000), ("x?"):rep(250000))) print(pcall(string.match, ("("):rep(100), ("%("):rep(32)))
print(pcall(string.match, "x", ("()"):rep(32))) print(pcall(string.match, "x", ("()"):rep(33)))
