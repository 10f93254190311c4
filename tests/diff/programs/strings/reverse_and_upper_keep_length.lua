local s = "a\0b\xff" print(#s:reverse(), #s:upper(), #s:lower(), s:reverse():reverse() == s)
