print(pcall(debug.debug)) print "after"
