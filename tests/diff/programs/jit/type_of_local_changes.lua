-- A local that the loop carries changes its type once the loop is hot, to each type and back.
local values = { 7, 7.5, "7", "0x10", true, false, {}, print, 1e300, -0.0, math.mininteger, setmetatable({}, { __add = function() return 5 end }) }
local function describe(v)
  local t = type(v)
  return (t == "table" or t == "function") and t or (math.type(v) or t) .. " " .. tostring(v)
end
for n = 1, #values + 1 do
  local x, sum, log = 1, 0, {}
  local ok, m = pcall(function()
    for i = 1, 400 do
      if i == 300 then x = values[n] elseif i == 350 then x = 2 end
      sum = sum + (x and i or 1)
      local y = x + 1
      if i % 50 == 0 then log[#log + 1] = describe(y) end
    end
  end)
  print(n, ok, m, sum, describe(x), table.concat(log, " "))
end
-- without an operation that could fail
for n = 1, #values + 1 do
  local x, last, count = 1, nil, 0
  for i = 1, 400 do
    if i % 300 == 0 then x = values[n] end
    if x ~= last then count = count + 1 last = x end
  end
  print(n, count, describe(last))
end
-- two variables exchange values of different types in each round
local a, b = 1, 1.5
for i = 1, 300 do a, b = b, a if i % 77 == 0 then a, b = "3", b elseif i % 77 == 20 then a = nil b = b or 2 elseif i % 77 == 21 then a = 4 end end
print(a, b)
-- the sum goes from integer to float to string-coerced numbers
local s = 0
for i = 1, 900 do
  if i == 300 then s = s + 0.5 elseif i == 500 then s = math.tointeger(s - 0.5) elseif i == 700 then s = "10" end
  s = s + 1
end
print(s, math.type(s))
