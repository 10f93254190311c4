local t = setmetatable({}, { __gc = function() print "gc at exit" end }) local x <close> = setmetatable({}, { __close = function() print "close at exit" end }) os.exit(3, true)
