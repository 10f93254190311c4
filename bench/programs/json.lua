-- strings: encoding and decoding of nested tables
local format = string.format
local function encode(v, out)
  local t = type(v)
  if t == "table" then
    if #v > 0 then
      out[#out + 1] = "["
      for i, x in ipairs(v) do if i > 1 then out[#out + 1] = "," end encode(x, out) end
      out[#out + 1] = "]"
    else
      out[#out + 1] = "{"
      local keys = {}
      for k in pairs(v) do keys[#keys + 1] = k end
      table.sort(keys)
      for i, k in ipairs(keys) do
        if i > 1 then out[#out + 1] = "," end
        out[#out + 1] = format("%q:", k)
        encode(v[k], out)
      end
      out[#out + 1] = "}"
    end
  elseif t == "string" then out[#out + 1] = '"' .. v:gsub('[%c"\\]', function(c) return format("\\u%04x", c:byte()) end) .. '"'
  else out[#out + 1] = tostring(v) end
end
local decode
local function space(s, i) return s:find("%S", i) or #s + 1 end
function decode(s, i)
  i = space(s, i)
  local c = s:sub(i, i)
  if c == "{" then
    local t = {}
    i = space(s, i + 1)
    while s:sub(i, i) ~= "}" do
      local k
      k, i = decode(s, i)
      i = space(s, i) + 1
      t[k], i = decode(s, i)
      i = space(s, i)
      if s:sub(i, i) == "," then i = space(s, i + 1) end
    end
    return t, i + 1
  elseif c == "[" then
    local t = {}
    i = space(s, i + 1)
    while s:sub(i, i) ~= "]" do
      t[#t + 1], i = decode(s, i)
      i = space(s, i)
      if s:sub(i, i) == "," then i = i + 1 end
    end
    return t, i + 1
  elseif c == '"' then
    local e = s:find('"', i + 1, true)
    return s:sub(i + 1, e - 1), e + 1
  end
  local word = s:match("^[%w%.%-]+", i)
  if word == "true" then return true, i + 4 elseif word == "false" then return false, i + 5 end
  return tonumber(word), i + #word
end
local value = { name = "perilune", list = {}, flag = true, nested = { a = { b = { c = "deep" } } } }
for i = 1, 60 do value.list[i] = { id = i, text = "entry " .. i, ratio = i / 4, on = i % 2 == 0 } end
local size = 0
for _ = 1, tonumber(arg[1]) or 2200 do
  local out = {}
  encode(value, out)
  local s = table.concat(out)
  size = size + #s
  value = decode(s, 1)
end
print(size, #value.list, value.nested.a.b.c)
