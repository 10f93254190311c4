print(pcall(io.close, io.stderr)) print(io.stdin:close()) print(pcall(io.stdin.read, io.stdin)) print(io.stdout:close()) print "still"
