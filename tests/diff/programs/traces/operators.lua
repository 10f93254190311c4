-- Operators with metamethods in loops that are compiled.
local V = {}
local function new(x) return setmetatable({ x = x }, V) end
local function value(v) return type(v) == "table" and v.x or v end
for name, f in pairs {
  add = function(a, b) return a + b end, sub = function(a, b) return a - b end, mul = function(a, b) return a * b end,
  div = function(a, b) return a / b end, mod = function(a, b) return a % b end, pow = function(a, b) return a ^ b end,
  idiv = function(a, b) return a // b end, band = function(a, b) return a & b end, bor = function(a, b) return a | b end,
  bxor = function(a, b) return a ~ b end, shl = function(a, b) return a << b end, shr = function(a, b) return a >> b end,
} do
  V["__" .. name] = function(a, b) return new(f(value(a), value(b))) end
end
V.__unm = function(a, b) return new(rawequal(a, b) and -a.x) end
V.__bnot = function(a, b) return new(rawequal(a, b) and ~a.x) end
V.__len = function(a, b) return rawequal(a, b) and a.x end
V.__eq = function(a, b) return value(a) == value(b) end
V.__lt = function(a, b) return value(a) < value(b) end
V.__le = function(a, b) return value(a) <= value(b) and "yes" end
V.__concat = function(a, b) return value(a) .. "|" .. value(b) end
V.__call = function(self, ...) return self.x, select("#", ...), ... end

local a, b, three = new(12), new(5), 3
local sums = {}
local function add(k, v) sums[k] = (sums[k] or 0) + value(v) end
for i = 1, 60 do
  add("+", a + b) add("+k", a + 1) add("k+", 2 + a) add("r+", three + a)
  add("-", a - b) add("-k", a - 4) add("k-", 40 - a)
  add("*", a * b) add("*k", a * 3) add("k*", 3 * a)
  add("/", a / b) add("%", a % b) add("k%", 50 % a) add("^", a ^ b) add("//", a // b)
  add("&", a & b) add("&k", a & 6) add("k&", 6 & a) add("|", a | b) add("~", a ~ b) add("~k", a ~ 1)
  add("<<", a << b) add("<<k", a << 2) add("k<<", 1 << b) add(">>", a >> b) add(">>k", a >> 1) add("k>>", 4096 >> b)
  add("-u", -a) add("~u", ~a) add("#", #a)
end
local keys = {}
for k in pairs(sums) do keys[#keys + 1] = k end
table.sort(keys)
for _, k in ipairs(keys) do io.write(k, "=", sums[k], " ") end
print()

local t = {}
local function tally(k, c) t[k] = (t[k] or 0) + (c and 1 or 0) end
for i = 1, 60 do
  local c = new(i)
  tally("==", c == a) tally("~=", c ~= a) tally("<", c < a) tally("<=", c <= a) tally(">", c > a) tally(">=", c >= a)
  tally("<k", c < 30) tally("<=k", c <= 30) tally(">k", c > 30) tally(">=k", c >= 30)
  tally("<f", c < 30.0) tally("k<", 10 < c) tally("not", not (c < a))
  if c < a and not (c == b) then t.both = (t.both or 0) + 1 end
end
keys = {}
for k in pairs(t) do keys[#keys + 1] = k end
table.sort(keys)
for _, k in ipairs(keys) do io.write(k, "=", t[k], " ") end
print()

local texts = {}
for i = 1, 40 do
  texts[1] = a .. b
  texts[2] = a .. "s" .. i
  texts[3] = "s" .. i .. a
  texts[4] = 1 .. a .. 2 .. b .. 3 .. "end"
  texts[5] = a .. b .. a .. i
  texts[6] = i .. 2 .. a .. i .. 3
end
print(table.concat(texts, " "))

local n, args = 0, 0
for i = 1, 60 do
  local x, c, first, second = a(i, nil)
  n = n + x + first
  args = args + c
  if second ~= nil then print("wrong") end
  n = n + select("#", b(i, i, i))
  n = n + (function() return a(i) end)()
end
print(n, args)

-- Metamethods of numbers and functions, and of the second operand only.
debug.setmetatable(print, { __add = function(f, n) return n * 2 end, __index = function(f, k) return k end })
debug.setmetatable(nil, { __index = function(_, k) return k .. "!" end })
local s = 0
for i = 1, 60 do
  s = s + (print + i) + print[i] + #(nothing.field)
end
debug.setmetatable(print, nil)
debug.setmetatable(nil, nil)
print(s)

-- `__le` by `__lt`, where it still stands for it; redefined and removed metamethods.
local W = { __lt = function(p, q) return p.n < q.n end }
local p, q = setmetatable({ n = 1 }, W), setmetatable({ n = 2 }, W)
local results = {}
for i = 1, 120 do
  if i == 40 then W.__le = function() return i % 2 == 0 end end
  if i == 80 then W.__lt = function() return false end W.__le = nil end
  local ok, r = pcall(function() return p <= q, q <= p, p < q end)
  local k = tostring(ok) .. tostring(r)
  results[k] = (results[k] or 0) + 1
end
print(results.truetrue, results.truefalse, results.falsefalse)
