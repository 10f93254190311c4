for _, a in ipairs { { "b", 128 }, { "b", -129 }, { "B", 256 }, { "B", -1 }, { "h", 32768 }, { "i3", 1 << 23 }, { "I3", 1 << 24 }, { "I3", -1 }, { "i4", 1 << 31 }, { "J", -1 }, { "j", math.mininteger }, { "I8", -1 }, { "i16", -1 }, { "I16", -1 }, { "I1", 255.5 }, { "i1", "x" }, { "b", {} } } do
  local ok, s = pcall(string.pack, a[1], a[2]) print(a[1], tostring(a[2]):gsub("0x%x+", ""), ok, ok and #s or s)
end
