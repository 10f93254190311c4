local _a, A9, _1, andy, endx = 1, 2, 3, 4, 5
print(_a, A9, _1, andy, endx)
for _, w in ipairs { "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
  "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while" } do
  print(w, load("local " .. w .. " = 1"))
end
