("abc"):gsub(".", function(c) error("at " .. c) end)
