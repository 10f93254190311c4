-- short
--[[ long
comment ]] print "after long"
--[==[ a ]] b ]=] ]==] print "level two"
--[ not long
print "end" -- trailing
