-- strings: bytes, characters, bit operations
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local enc, dec = {}, {}
for i = 0, 63 do local c = alphabet:sub(i + 1, i + 1) enc[i] = c dec[c:byte()] = i end
local function encode(s)
  local out = {}
  for i = 1, #s - 2, 3 do
    local a, b, c = s:byte(i, i + 2)
    local n = a << 16 | b << 8 | c
    out[#out + 1] = enc[n >> 18] .. enc[n >> 12 & 63] .. enc[n >> 6 & 63] .. enc[n & 63]
  end
  return table.concat(out)
end
local function decode(s)
  local out = {}
  for i = 1, #s, 4 do
    local a, b, c, d = s:byte(i, i + 3)
    local n = dec[a] << 18 | dec[b] << 12 | dec[c] << 6 | dec[d]
    out[#out + 1] = string.char(n >> 16, n >> 8 & 255, n & 255)
  end
  return table.concat(out)
end
local data = ("Many hands make light work. "):rep(300)
data = data:sub(1, #data - #data % 3)
local ok = 0
for _ = 1, tonumber(arg[1]) or 1170 do if decode(encode(data)) == data then ok = ok + 1 end end
print(ok, #encode(data))
