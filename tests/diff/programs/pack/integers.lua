for _, f in ipairs { "b", "B", "h", "H", "i", "I", "l", "L", "j", "J", "T", "i1", "i2", "i3", "i4", "i7", "i8", "i16", "I16", "<i4", ">i4", "=i4", "<i3", ">i7" } do
  local s = f:pack(100) print(f, #s, s:byte(1, -1)) print(f:unpack(s)) if not f:find "[BHILJT]" then local n = f:pack(-2) print(n:byte(1, -1)) print(f:unpack(n)) end
end
