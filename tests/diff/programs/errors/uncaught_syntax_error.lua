print "never runs"
local x = = 5
