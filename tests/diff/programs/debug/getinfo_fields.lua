local function f(a, b, ...)
  local i = debug.getinfo(1)
  local keys = {} for k in pairs(i) do keys[#keys + 1] = k end table.sort(keys)
  for _, k in ipairs(keys) do print(k, type(i[k]) == "function" and "function" or type(i[k]) == "table" and "table" or i[k]) end
  local l = {} for n in pairs(debug.getinfo(1, "L").activelines) do l[#l + 1] = n end table.sort(l) print(table.concat(l, " "))
end
f(1, 2, 3)
