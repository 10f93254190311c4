-- tables: words as keys, sorting by count
local words = {}
for i = 1, 400 do words[i] = "w" .. (i * i % 397) end
local text = table.concat(words, " ")
local counts = {}
for _ = 1, tonumber(arg[1]) or 28000 do
  for w in text:gmatch("%S+") do counts[w] = (counts[w] or 0) + 1 end
end
local list = {}
for w, n in pairs(counts) do list[#list + 1] = { w = w, n = n } end
table.sort(list, function(a, b) if a.n ~= b.n then return a.n > b.n end return a.w < b.w end)
print(#list, list[1].w, list[1].n, list[#list].w)
