-- packages: lua-zlib
local case, results, out = require("case").case, require("case").results, require("case").print
local zlib = require("zlib")
local text = ("The quick brown fox jumps over the lazy dog. "):rep(2000)

results("version", function() local major, minor = zlib.version() return math.type(major), math.type(minor), zlib._VERSION end)
for level = 0, 9 do
  case("round trip level " .. level, function()
    local deflated, eof, n_in, n_out = zlib.deflate(level)(text, "finish")
    local back, eof2, in2, out2 = zlib.inflate()(deflated)
    out(#deflated, eof, n_in, n_out, back == text, eof2, in2, out2)
  end)
end
results("bad level", pcall, zlib.deflate, 12)
results("bad option", pcall, zlib.deflate(), "x", "sometime")
case("streaming", function()
  local d, parts = zlib.deflate(), {}
  for i = 1, 100 do parts[#parts + 1] = d(("line %d\n"):format(i)) end
  parts[#parts + 1] = d("", "finish")
  local i, back = zlib.inflate(), {}
  for _, p in ipairs(parts) do for k = 1, #p, 7 do back[#back + 1] = i(p:sub(k, k + 6)) end end
  out(#table.concat(back), table.concat(back):sub(-9))
end)
for _, flush in ipairs({ "sync", "full", "finish", "none" }) do
  results("flush " .. flush, function() local s, eof, i = zlib.deflate()("abc", flush) return #s, eof, i end)
end
case("gzip window", function()
  local gz = zlib.deflate(6, 31)("hello gzip", "finish")
  out(gz:byte(1, 3), zlib.inflate()(gz))
end)
case("raw window", function()
  local raw = zlib.deflate(6, -15)("hello raw", "finish")
  out(zlib.inflate(-15)(raw))
end)
results("bad data", pcall, zlib.inflate(), "this is not compressed")
results("truncated", function() local s, eof = zlib.inflate()((zlib.deflate()(text, "finish")):sub(1, 20)) return #s, eof end)
results("data behind the end", function() return zlib.inflate()(zlib.deflate()("x", "finish") .. "rest") end)
results("use after the end", function() local i = zlib.inflate() i(zlib.deflate()("x", "finish")) return pcall(i, "more") end)
results("inflate nothing", function() return zlib.inflate()("") end)
results("wrong argument", pcall, zlib.inflate(), {})
results("adler32", function() return zlib.adler32()("Wikipedia"), zlib.adler32()("") end)
results("crc32", function() return zlib.crc32()("123456789"), zlib.crc32()("") end)
case("checksums in pieces", function()
  local a, c = zlib.adler32(), zlib.crc32()
  for i = 1, 9 do a(tostring(i)) c(tostring(i)) end
  out(a(""), c(""), a() , c())
end)
results("combined checksums", function()
  local a, b, whole = zlib.crc32(), zlib.crc32(), zlib.crc32()
  a("123") b("456") whole("123456")
  return a(b), whole("")
end)
results("checksum misuse", pcall, zlib.crc32(), {})
case("every byte", function()
  local bytes = {}
  for b = 0, 255 do bytes[#bytes + 1] = string.char(b) end
  local s = table.concat(bytes):rep(100)
  out(zlib.inflate()(zlib.deflate(9)(s, "finish")) == s)
end)
case("streams are collected", function()
  for _ = 1, 300 do zlib.deflate()("partial") zlib.inflate() end
  collectgarbage()
  out("done")
end)
