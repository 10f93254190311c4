local t = { 1, 2, 3, 4, 5 } print(table.concat(table.move(t, 1, 4, 2), " ")) print(table.concat(table.move({ 1, 2, 3, 4, 5 }, 2, 5, 1), " ")) print(#table.move({ 1, 2, 3 }, 1, 3, 10, {}))
