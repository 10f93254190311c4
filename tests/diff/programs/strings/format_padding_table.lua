for _, w in ipairs { 1, 5, 10 } do for _, v in ipairs { 0, 42, -42 } do print(("[%" .. w .. "d][%-" .. w .. "d][%0" .. w .. "d][%+" .. w .. "d]"):format(v, v, v, v)) end end
