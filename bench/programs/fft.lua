-- numeric: fast Fourier transform of floats
local function fft(re, im, n, inverse)
  local j = 1
  for i = 1, n do
    if j > i then re[i], re[j] = re[j], re[i] im[i], im[j] = im[j], im[i] end
    local m = n // 2
    while m >= 1 and j > m do j = j - m m = m // 2 end
    j = j + m
  end
  local size = 2
  while size <= n do
    local half, angle = size // 2, (inverse and 2 or -2) * math.pi / size
    local wr, wi = math.cos(angle), math.sin(angle)
    for start = 1, n, size do
      local cr, ci = 1.0, 0.0
      for k = start, start + half - 1 do
        local xr, xi = re[k + half] * cr - im[k + half] * ci, re[k + half] * ci + im[k + half] * cr
        re[k + half], im[k + half] = re[k] - xr, im[k] - xi
        re[k], im[k] = re[k] + xr, im[k] + xi
        cr, ci = cr * wr - ci * wi, cr * wi + ci * wr
      end
    end
    size = size * 2
  end
end
local n = 4096
local re, im = {}, {}
for i = 1, n do re[i] = i % 17 im[i] = 0.0 end
for _ = 1, tonumber(arg[1]) or 192 do
  fft(re, im, n, false)
  fft(re, im, n, true)
  for i = 1, n do re[i] = re[i] / n im[i] = im[i] / n end
end
local sum = 0
for i = 1, n do sum = sum + re[i] end
print(string.format("%.6f", sum))
