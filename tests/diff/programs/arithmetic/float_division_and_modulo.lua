for _, p in ipairs { { 7.5, 2 }, { -7.5, 2 }, { 7.5, -2 }, { -7.5, -2 }, { 5.0, math.huge }, { -5.0, math.huge }, { 5.0, -math.huge }, { 0.0, 5 }, { -0.0, 5 }, { 1e308, 1e-308 }, { 5.3, 0.1 }, { -6, 3.0 }, { 6, -3.0 } } do
  local a, b = p[1], p[2] print(a, b, a / b, a // b, a % b)
end
