print("\a\b\f\v" == "\7\8\12\11", "\\ \" \'", 'single "double"', "a\
b", "a\z
      b", "\65\066\0067", "\x41\x7a", "\u{48}\u{20AC}\u{7FFFFFFF}" == "\u{48}\xE2\x82\xAC\xFD\xBF\xBF\xBF\xBF\xBF")
print(#"a\0b", #"\z   ", "\r\n" == "\13\10")
