load("local x = nil\nx.y = 1", "=my chunk")()
