print(("k=v, x=y"):gsub("(%w)=(%w)", function(...) return select("#", ...) .. table.concat({ ... }, "-") end)) print(("abc"):gsub("%w", function(...) return select("#", ...) end))
