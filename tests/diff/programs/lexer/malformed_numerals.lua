for _, s in ipairs { "3x", "0x", "0xg", "1e", "1e+", "3..2", "1.2.3", "0x1p", "0x1pz", "08a", "1_000", "0b1", "0xep+1+", "1e5e5" } do
  print(s, load("return " .. s))
end
