for _, s in ipairs { "@", "x = $", "!", "x = 1 ! 2", "`", "?", "\\", "x = \1", "x = \127", "x = \200", "a.b = \0", "x ~ 1", "x = ~" } do
  print(load(s))
end
