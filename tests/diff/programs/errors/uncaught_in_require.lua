package.preload.mymod = function(...) print(...) local t = nil; t.x = 1 end
require "mymod"
