local t = {} for i = 0, 255 do t[#t + 1] = string.char(i) end local s = table.concat(t) print(load("return " .. ("%q"):format(s))() == s, #("%q"):format(s))
