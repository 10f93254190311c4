print(getmetatable("").__index == string, getmetatable("").__name, getmetatable("x") == getmetatable("y"))
string.double = function(s) return s .. s end print(("ab"):double()) getmetatable("").__call = function(s, x) return s .. x end print(("a")("b"))
getmetatable("").__len = function() return 42 end print(#"abc") getmetatable("").__unm = function() return "neg" end print(-"abc", -"5")
