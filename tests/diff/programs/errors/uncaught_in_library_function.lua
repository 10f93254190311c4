local t = { 3, 1, "x" }
table.sort(t)
