for _, s in ipairs { "'abc", '"abc\ndef"', "'", '"\\\n', "x = 'a\\z  \n  ", "[[abc", "[==[abc]]", "[==[\n\n]=]", "--[[ comment", "--[=[\n]]" } do
  print(load(s))
end
