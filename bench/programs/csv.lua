-- strings: splitting, trimming, joining
local rows = {}
for i = 1, 200 do rows[i] = i .. ", name " .. i .. " ,  " .. i * 1.5 .. ",x;y" end
local text = table.concat(rows, "\n") .. "\n"
local sum, joined = 0, ""
for _ = 1, tonumber(arg[1]) or 1800 do
  local out = {}
  for line in text:gmatch("(.-)\n") do
    local fields = {}
    for f in (line .. ","):gmatch("([^,]*),") do fields[#fields + 1] = f:match("^%s*(.-)%s*$") end
    sum = sum + tonumber(fields[1]) + tonumber(fields[3])
    out[#out + 1] = table.concat(fields, "|")
  end
  joined = table.concat(out, "\n")
end
print(sum, #joined)
