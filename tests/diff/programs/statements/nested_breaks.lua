for i = 1, 3 do while true do repeat break until true break end if i == 2 then break end io.write(i, " ") end print "end"
