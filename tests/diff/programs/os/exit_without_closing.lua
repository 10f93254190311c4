local t = setmetatable({}, { __gc = function() print "never" end }) local x <close> = setmetatable({}, { __close = function() print "never" end }) os.exit(4)
