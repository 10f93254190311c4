print(tostring(nil), tostring(true), tostring(1), tostring(1.5), tostring("x"), tostring(-0.0), tostring(2 ^ 31), tostring(print):match "^builtin: " or tostring(print):match "^function: ")
print(tostring({}):match "^table: 0x%x+$" ~= nil, tostring(coroutine.create(print)):match "^thread: 0x%x+$" ~= nil, tostring(io.stdout):match "^file %(0x%x+%)$" ~= nil)
print(pcall(tostring)) print(tostring(setmetatable({}, { __tostring = function() return "custom" end })), pcall(tostring, setmetatable({}, { __tostring = function() return 1 end })))
print((tostring(setmetatable({}, { __name = "My.Type" })):gsub("0x%x+", "PTR")), (tostring(setmetatable({}, { __name = 1 })):gsub("0x%x+", "PTR"))) print(pcall(tostring, setmetatable({}, { __tostring = 5 })))
