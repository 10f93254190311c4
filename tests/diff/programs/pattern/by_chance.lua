-- Patterns and subjects that chance has put together, malformed ones among them.
math.randomseed(20)
local atoms = {"a","b","%a","%d","%s",".","[ab]","[^ab]","[%d%s]","%.","%w","$","^","%1","%f[%w]","%bab","(",")","()","x","%","[","[^","]","-","*","+","?"," "}
local quant = {"","","","*","+","-","?"}
local function pat()
  local t = {}
  for i = 1, math.random(1, 7) do t[i] = atoms[math.random(#atoms)] .. quant[math.random(#quant)] end
  local s = table.concat(t)
  if math.random(3) == 1 then s = "(" .. s .. ")" end
  if math.random(4) == 1 then s = "(" .. s .. ")" .. atoms[math.random(8)] end
  return s
end
local chars = {"a","b","1","2"," ",".","x","$","ab","aab","%"}
local function subj() local t = {} for i = 1, math.random(0,12) do t[i] = chars[math.random(#chars)] end return table.concat(t) end
for i = 1, 6000 do
  local p, s = pat(), subj()
  local r = table.pack(pcall(string.find, s, p, math.random(3)))
  for j = 1, r.n do r[j] = tostring(r[j]) end
  local g = table.pack(pcall(string.gsub, s, p, "<%0>"))
  for j = 1, g.n do g[j] = tostring(g[j]) end
  local m = {} pcall(function() for a, b in s:gmatch(p) do m[#m+1] = tostring(a) .. "/" .. tostring(b) end end)
  print(p, s, table.concat(r, "|"), table.concat(g, "|"), table.concat(m, "|"))
end
