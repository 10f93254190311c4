local t = { "a\0b", "a", "a\0", "", "\0", "a\0a", "b", "a\0b\0" } table.sort(t) for _, s in ipairs(t) do print((s:gsub("%z", "0"))) end
