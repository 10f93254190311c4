for _, p in ipairs { { 7, 2 }, { -7, 2 }, { 7, -2 }, { -7, -2 }, { 0, 5 }, { 1, math.maxinteger }, { -1, math.maxinteger }, { math.mininteger, 3 }, { 6, -3 } } do
  local a, b = p[1], p[2] print(a, b, a // b, a % b, (a // b) * b + a % b == a)
end
