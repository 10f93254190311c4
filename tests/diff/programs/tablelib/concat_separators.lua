print(table.concat({ 1, 2, 3 }, 0), table.concat({ 1, 2, 3 }, 1.5), table.concat({ "a" }, "sep"), table.concat({}, "sep"), table.concat({ "", "" }, "-"))
