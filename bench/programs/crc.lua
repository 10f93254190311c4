-- numeric: a checksum by table over the bytes of a string
local table_ = {}
for i = 0, 255 do
  local c = i
  for _ = 1, 8 do c = c & 1 == 1 and 0xEDB88320 ~ (c >> 1) or c >> 1 end
  table_[i] = c
end
local text = ("The quick brown fox jumps over the lazy dog. "):rep(2000)
local byte, crc = string.byte, 0xFFFFFFFF
for _ = 1, tonumber(arg[1]) or 360 do
  for i = 1, #text do crc = table_[(crc ~ byte(text, i)) & 0xFF] ~ (crc >> 8) end
end
print(string.format("%08x", crc ~ 0xFFFFFFFF))
