print(table.unpack({ 1, nil, 3 }, 1, 3)) print(select("#", table.unpack({ n = 3 }, 1, 3))) print(table.unpack({ [-1] = "a", [0] = "b" }, -1, 0))
