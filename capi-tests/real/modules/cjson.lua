-- packages: lua-cjson
local case, results, out = require("case").case, require("case").results, require("case").print
local cjson = require("cjson")
local safe = require("cjson.safe")

for _, text in ipairs({
  "1", "-0", "1.5", "1e3", "1E-2", "-12.75e+1", "123456789012", "9007199254740993", "1e400", "true", "false", "null", '""', '"a"', '"\\u00e9"',
  '"\\ud83d\\ude00"', '"\\n\\t\\r\\b\\f\\/\\\\\\""', "[]", "{}", "[1,2,3]", "[[],[[]]]", '{"a":1}', '{"a":{"b":[1,{"c":null}]}}', " [ 1 , 2 ] ",
  "0x10", "0123", "Infinity", "nan", "-inf",
}) do
  results("decode " .. text, cjson.decode, text)
end
for _, text in ipairs({
  "", "[", "]", "[1", "[1,", "[1,]", "{", '{"a"', '{"a":', '{"a":1', '{"a":1,}', "{a:1}", '"', '"\\x"', '"\\u12"', '"\\ud800"', "tru", "nul", "1 2",
  "+1", ".5", "[1 2]", '{"a" 1}', "\0", '"a\nb"', "//", "[1]]",
}) do
  results(("bad text %q"):format(text), cjson.decode, text)
  results(("safe bad text %q"):format(text), safe.decode, text)
end
results("decode nothing", cjson.decode)
results("decode a table", cjson.decode, {})
results("decode a number", cjson.decode, 12)

local values = {
  { "integer", 1 }, { "negative", -5 }, { "float", 1.5 }, { "integral float", 3.0 }, { "third", 1 / 3 }, { "big", 2 ^ 53 }, { "max integer", math.maxinteger },
  { "string", "a" }, { "escapes", 'a"\\\n\t\1\127/' }, { "utf8", "\u{e9}\u{1F600}" }, { "NUL", "a\0b" }, { "true", true }, { "false", false }, { "null", cjson.null },
  { "empty table", {} }, { "array", { 1, 2, 3 } }, { "hole", { 1, nil, 3 } }, { "object", { a = 1 } }, { "nested", { a = { { b = {} } } } },
  { "numeric keys", { [10] = 1 } }, { "float key", { [1.5] = 2 } }, { "empty array", cjson.empty_array }, { "infinity", math.huge }, { "nan", 0 / 0 },
  { "function", print }, { "userdata", io.stdout }, { "boolean key", { [true] = 1 } }, { "sparse", { [1] = 1, [100] = 2 } },
}
for _, v in ipairs(values) do
  results("encode " .. v[1], function() return (cjson.encode(v[2])) end)
  results("safe encode " .. v[1], function() return safe.encode(v[2]) end)
end
case("cycle", function()
  local t = {}
  t.t = t
  out(cjson.encode(t))
end)
case("depth", function()
  local j = cjson.new()
  j.encode_max_depth(3)
  j.decode_max_depth(3)
  out(pcall(j.encode, { { { 1 } } }))
  out(pcall(j.encode, { { { { 1 } } } }))
  out(pcall(j.decode, "[[[1]]]"))
  out(pcall(j.decode, "[[[[1]]]]"))
end)
results("deep text", function() return pcall(cjson.decode, ("["):rep(900) .. ("]"):rep(900)) end)
results("too deep text", function() return pcall(cjson.decode, ("["):rep(2000) .. ("]"):rep(2000)) end)
case("sparse arrays", function()
  local j = cjson.new()
  out(j.encode_sparse_array())
  out(j.encode_sparse_array(true, 2, 3))
  out(pcall(j.encode, { [1] = 1, [50] = 2 }))
  out(pcall(j.encode_sparse_array, true, -1))
end)
case("number precision", function()
  local j = cjson.new()
  for p = 1, 14, 3 do
    out(j.encode_number_precision(p), j.encode(math.pi))
  end
  out(pcall(j.encode_number_precision, 0))
end)
case("invalid numbers", function()
  local j = cjson.new()
  out(j.encode_invalid_numbers("null"), j.encode({ 0 / 0 }))
  out(j.encode_invalid_numbers(true), j.encode({ math.huge, -math.huge }))
  out(j.decode_invalid_numbers(false), pcall(j.decode, "[0x1]"))
  out(pcall(j.encode_invalid_numbers, "maybe"))
end)
case("keep buffer", function()
  local j = cjson.new()
  out(j.encode_keep_buffer(false), j.encode({ ("x"):rep(10) }), j.encode_keep_buffer(true), j.encode({ 1 }))
end)
case("round trip of every byte", function()
  local bytes = {}
  for b = 0, 127 do bytes[#bytes + 1] = string.char(b) end
  local s = table.concat(bytes)
  out(cjson.decode(cjson.encode({ s }))[1] == s, cjson.encode({ s }))
end)
case("long arrays", function()
  local t = {}
  for i = 1, 20000 do t[i] = i * 0.5 end
  local text = cjson.encode(t)
  local back = cjson.decode(text)
  out(#text, #back, back[1], back[20000], back[7777])
end)
case("long strings", function()
  local s = ('a"\\'):rep(50000)
  out(cjson.decode(cjson.encode({ s }))[1] == s)
end)
case("many objects", function()
  local sum = 0
  for i = 1, 3000 do
    sum = sum + cjson.decode('{"id":' .. i .. ',"tags":["a","b"],"deep":{"x":[1,2,{"y":null}]}}').id
  end
  out(sum)
end)
case("instances are independent", function()
  local a, b = cjson.new(), cjson.new()
  a.encode_number_precision(3)
  out(a.encode({ math.pi }), b.encode({ math.pi }))
end)
results("null", function() return type(cjson.null), tostring(cjson.null):match("^%a+"), cjson.null == cjson.decode("null") end)
results("names", function()
  local t = {}
  for k in pairs(cjson) do t[#t + 1] = k end
  table.sort(t)
  return t, cjson._NAME, cjson._VERSION
end)
