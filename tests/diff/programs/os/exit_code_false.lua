io.write "no newline" os.exit(false)
