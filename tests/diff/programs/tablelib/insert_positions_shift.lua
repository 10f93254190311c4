local t = {} for i = 1, 5 do table.insert(t, 1, i) end print(table.concat(t, " ")) table.insert(t, 3, "m") print(table.concat(t, " ")) print(table.remove(t, 3), table.concat(t, " "))
