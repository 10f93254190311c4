for _, e in ipairs { "1 < '1'", "{} < {}", "nil < 1", "true < false", "print < print", "{} < 1", "'a' <= 1", "1 >= {}", "nil > nil", "1 <= nil" } do
  print(e, pcall(load("return " .. e)))
end
