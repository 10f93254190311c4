local t = {} for k, v in pairs(package.loaded) do t[#t + 1] = k .. "=" .. type(v) end table.sort(t) print(table.concat(t, " "))
