-- numeric: product of matrices of floats
local n = tonumber(arg[1]) or 360
local function matrix(f)
  local m = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do row[j] = f(i, j) end
    m[i] = row
  end
  return m
end
local a = matrix(function(i, j) return (i - j) * (i + j) / n end)
local b = matrix(function(i, j) return (i + j) / (n * i) end)
local c = matrix(function(i, j)
  local s, row = 0.0, a[i]
  for k = 1, n do s = s + row[k] * b[k][j] end
  return s
end)
print(string.format("%.6f", c[n // 2][n // 2]))
