-- Functions of the library that compiled code calls: results, errors, arguments of other types, an open number of values.
local function try(f, ...)
  local r = table.pack(pcall(f, ...))
  for i = 1, r.n do r[i] = tostring(r[i]) end
  print(table.concat(r, "\t", 1, r.n))
end

-- Results of several types, and of none, from one place.
local function kinds(list)
  local out = {}
  for i = 1, 300 do
    local v = tonumber(list[i % #list + 1])
    out[#out + 1] = v == nil and "nil" or math.type(v)
  end
  return table.concat(out, " ", 290)
end
print(kinds { "1", "2.5", "x", "0x10" })
print(kinds { "1", "2" })

-- Open numbers of values: as arguments, in tables, returned.
local function spread(s, n)
  local count = 0
  for i = 1, n do
    local t = { s:byte(i % 7 + 1, -1) }
    count = count + #t + select("#", s:byte(1, i % 3)) + math.max(s:byte(i % 5 + 1, i % 5 + 3))
  end
  return count
end
print(spread("perilune", 400), spread("moon and so on", 400))
local function last(...) return (select(-1, ...)) end
local function pass(...) return ... end
local function tail(s) return s:find("(%a)(%d)") end
local function quoted(x) return string.format("%q", x) end
local sum, text = 0, {}
for i = 1, 300 do
  local _, _, a, d = tail("ab" .. i % 10)
  sum = sum + d + last(pass(i, i + 1)) + select("#", table.unpack({ 1, nil, i }, 1, i % 4))
  text[i] = a .. quoted(i % 2 == 0 and i or i / 4)
end
print(sum, table.concat(text, ",", 280))
local packed = 0
for i = 1, 300 do
  local t = table.pack(i, table.unpack({ i, i }, 1, i % 3))
  packed = packed + t.n * #t
end
print(packed)

-- The number of results changes after a while.
local function varying(n)
  local total = 0
  for i = 1, n do total = total + select("#", string.byte("abcdef", 1, i > n - 20 and 3 or 2)) end
  return total
end
print(varying(300), varying(200))

-- Errors: the function is called anew by the interpreter and says what it says there.
for _, bad in ipairs { {}, false, -1, "%", 1e300 } do
  try(function()
    local n = 0
    for i = 1, 300 do n = n + #string.rep("x", i == 290 and bad or 2) end
    return n
  end)
  try(function()
    local n = 0
    for i = 1, 300 do n = n + #string.char(i == 290 and bad or 65) end
    return n
  end)
  try(function()
    local n = 0
    for i = 1, 300 do n = n + (string.find("a%b", i == 290 and bad or "b") or 0) end
    return n
  end)
end
try(function()
  for i = 1, 300 do setmetatable(i == 290 and print or {}, nil) end
end)
try(function()
  local locked = setmetatable({}, { __metatable = "locked" })
  for i = 1, 300 do setmetatable(i == 290 and locked or {}, nil) end
end)

-- Metamethods called by library functions.
local calls = 0
local named = setmetatable({}, { __tostring = function() calls = calls + 1 return "named" end })
local length = 0
for i = 1, 300 do length = length + #tostring(i % 100 == 99 and named or i) + #string.format("%s", i % 50 == 0 and named or "x") end
print(length, calls)
local proxy = setmetatable({}, { __index = function(_, k) return k <= 3 and "p" .. k or nil end, __len = function() return 3 end })
local joined = {}
for i = 1, 200 do joined[#joined + 1] = table.concat(i > 190 and proxy or { "a", "b" }, "-") end
print(table.concat(joined, " ", 186))
local log = {}
local watched = setmetatable({}, { __newindex = function(t, k, v) log[#log + 1] = k rawset(t, k, v) end })
for i = 1, 200 do table.insert(i > 195 and watched or {}, i) end
print(#watched, table.concat(log, " "))

-- Several calls whose results and arguments share registers, one of which ends the loop.
local map = { print = print, assert = assert, none = {}, table = table, load = load, one = 1, s = "text" }
local function search(name)
  local n, v
  while true do
    n, v = next(map, n)
    if not n then return nil end
    local other = rawequal(n, 1)
    if n == name and not other then return v end
  end
end
local wrong = 0
for _ = 1, 40 do
  for _, k in ipairs { "print", "assert", "none", "table", "load", "one", "s", "absent" } do
    if search(k) ~= map[k] then wrong = wrong + 1 end
  end
end
print(wrong)
