local s = "0123456789"
for _, a in ipairs { { 1 }, { 3 }, { -3 }, { 3, 5 }, { 3, -3 }, { -5, -2 }, { 0 }, { 0, 2 }, { 11 }, { 5, 3 }, { -100, 3 }, { 3, 100 }, { math.mininteger, math.maxinteger }, { math.maxinteger }, { 2.0, 3.0 }, { "2", "3" } } do
  print(a[1], a[2], s:sub(a[1], a[2]))
end
print(pcall(string.sub)) print(pcall(string.sub, "x")) print(pcall(string.sub, "x", 1.5)) print(pcall(string.sub, "x", {})) print(pcall(string.sub, "x", 1, "y"))
