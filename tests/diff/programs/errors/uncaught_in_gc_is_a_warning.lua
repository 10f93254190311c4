warn "@on" setmetatable({}, { __gc = function() error "in gc" end }) collectgarbage() setmetatable({}, { __gc = function() error({}) end }) collectgarbage() print "after"
setmetatable({}, { __gc = function() error "at close" end })
