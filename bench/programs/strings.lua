-- strings: formatting, searching, joining
local n = tonumber(arg[1]) or 300000
local parts = {}
for i = 1, n do parts[#parts + 1] = string.format("%d:%s", i, tostring(i * 0.5)) end
local text = table.concat(parts, ",")
local count, sum = 0, 0
for a, b in text:gmatch("(%d+):([%d%.]+)") do count = count + 1 sum = sum + tonumber(b) end
local replaced = text:gsub("%d+:", function(s) return #s .. ";" end)
print(#text, count, sum, #replaced, text:find("299999:", 1, true), text:upper() == text)
