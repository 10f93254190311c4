-- Strings in hot loops: built, compared, hashed, searched, converted; long and short ones.
local s = ""
for i = 1, 600 do s = s .. (i % 10) if i % 100 == 0 then s = s .. "-" end end
print(#s, s:sub(1, 12), s:sub(-12))
local parts = {}
for i = 1, 400 do parts[#parts + 1] = "p" .. i .. "/" .. i / 2 .. "/" .. -i end
print(#table.concat(parts, ","), parts[7], parts[400])
local c = 0
for i = 1, 400 do local a, b = "k" .. i % 7, "k" .. i % 5 if a == b then c = c + 1 elseif a < b then c = c + 1000 elseif a >= b then c = c + 1000000 end end
print(c)
-- lengths cross the border between short and long strings
local t, hits = {}, 0
for i = 1, 300 do local k = ("x"):rep(i % 60) t[k] = (t[k] or 0) + 1 if t[("x"):rep(i % 60)] == t[k] then hits = hits + 1 end if k == ("x"):rep(40) then hits = hits + 1000 end if k == ("x"):rep(41) then hits = hits + 100000 end end
local n = 0
for _ in pairs(t) do n = n + 1 end
print(hits, n)
-- the concatenated values change their types
local v, out = 1, {}
for i = 1, 900 do
  if i == 300 then v = 2.5 elseif i == 400 then v = "str" elseif i == 500 then v = -0.0 elseif i == 600 then v = 1e100 elseif i == 700 then v = setmetatable({}, { __concat = function(a, b) return "meta" end }) elseif i == 800 then v = math.mininteger end
  local r = "<" .. v .. ">" if i % 100 == 50 then out[#out + 1] = r end
end
print(table.concat(out, " "))
for _, bad in ipairs { true, {}, print } do print(pcall(function() for i = 1, 400 do local x = i == 300 and bad or "ok" local y = "a" .. x .. "b" end end)) end
print(pcall(function() for i = 1, 400 do local x = i ~= 300 and "ok" or nil local y = x .. "b" end end))
-- library functions on strings
local b = 0
for i = 1, 400 do
  local w = "word" .. i
  b = b + w:byte(-1) + #w:upper() + (w:find("d", 1, true) or 0) + #w:sub(2, i % 9) + #w:rep(2) + #tostring(i) + tonumber(w:match("%d+")) + #w:reverse() + (w:len() == #w and 1 or 0)
  b = b + #string.format("%d %s %5.2f", i, w, i / 3) + #w:gsub("o", "00") + string.char(65 + i % 26):byte()
end
print(b)
local oob = 0
for i = 1, 400 do local x = ("abc"):byte(i % 6 - 1) oob = oob + (x or 1) + #("abc"):sub(i % 6 - 2, i % 5) end
print(oob)
print(pcall(function() for i = 1, 400 do string.char(i) end end))
print(pcall(function() for i = 1, 400 do ("x"):rep(i == 300 and 1 << 40 or 1, i == 300 and "ssssss" or "") end end) == false)
-- numbers from strings, strings from numbers
local z = 0
for i = 1, 400 do z = z + tonumber(tostring(i)) + tonumber("0x" .. i % 10) + (tonumber("1" .. "e" .. i % 3)) + (tonumber("z", 36)) + (tonumber("bad" .. i) or 0) end
print(z)
local cmp = 0
for i = 1, 300 do local x = i > 200 and "b\0c" or "b" if x > "a" then cmp = cmp + 1 end if x < "b\0d" then cmp = cmp + 1000 end if x <= "b" then cmp = cmp + 1000000 end end
print(cmp)
print(pcall(function() for i = 1, 400 do local x = i == 300 and 5 or "a" if x < "b" then x = nil end end end))
-- a string as a set of fields, upvalue and constant keys
local counts = {}
for ch in (("the quick brown fox jumps over the lazy dog "):rep(10)):gmatch "." do counts[ch] = (counts[ch] or 0) + 1 end
local keys = {}
for k, m in pairs(counts) do keys[#keys + 1] = k .. m end
table.sort(keys)
print(table.concat(keys))
local text, words = ("alpha beta gamma "):rep(60), {}
for i = 1, #text do local ch = text:sub(i, i) if ch == " " then words[#words + 1] = "" else words[#words > 0 and #words or 1] = (words[#words] or "") .. ch end end
print(#words, words[1], words[2], words[#words - 1])
local h = 5381
for i = 1, #text do h = (h * 33 + text:byte(i)) & 0xffffffff end
print(h)
