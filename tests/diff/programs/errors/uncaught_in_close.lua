local x <close> = setmetatable({}, { __close = function() error "from close" end })
print "body"
