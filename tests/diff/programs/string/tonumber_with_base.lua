for _, a in ipairs { { "10", 2 }, { "ff", 16 }, { "FF", 16 }, { "zz", 36 }, { "8", 8 }, { "7", 8 }, { " 11 ", 2 }, { "-101", 2 }, { "1.0", 10 }, { "", 10 }, { " ", 10 }, { "1e1", 16 }, { "-", 10 }, { "- 1", 10 }, { "7fffffffffffffff", 16 }, { "ffffffffffffffffff", 16 }, { "99", 10 }, { "0x10", 16 }, { "+1", 10 }, { "1 1", 10 }, { "1\0", 10 } } do
  print(("%q"):format(a[1]), a[2], tonumber(a[1], a[2]))
end
print(pcall(tonumber, "1", 1)) print(pcall(tonumber, "1", 37)) print(pcall(tonumber, 1, 10)) print(pcall(tonumber)) print(pcall(tonumber, {}, 10)) print(tonumber({}), tonumber(nil), tonumber(true), tonumber("1", nil)) print(pcall(tonumber, "1", "x"))
