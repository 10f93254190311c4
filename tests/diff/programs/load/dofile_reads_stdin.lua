print(dofile()) print(loadfile()()) print(pcall(loadfile, nil, "b"))
