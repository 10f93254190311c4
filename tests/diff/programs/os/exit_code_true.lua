print "before" os.exit(true)
