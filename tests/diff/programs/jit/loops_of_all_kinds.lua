-- Loops of each kind: steps, bounds, overflow of the counter, floats, loops in loops in functions called from loops.
local function count(a, b, c) local n, last = 0, nil for i = a, b, c do n = n + 1 last = i if n > 1000 then break end end return n, last end
for r = 1, 4 do
  print(count(1, 300, 1)) print(count(300, 1, -1)) print(count(1, 300, 7)) print(count(1, 0, 1)) print(count(5, 5, 1))
  print(count(math.maxinteger - 200, math.maxinteger, 1)) print(count(math.mininteger + 200, math.mininteger, -1))
  print(count(math.maxinteger - 1000, math.maxinteger, 300)) print(count(1, math.huge, 1)) print(count(1, -math.huge, -1))
  print(count(0.0, 1, 0.005)) print(count(1, 0.5, -0.01)) print(count(1, 300.5, 1)) print(count(1.0, 300, 1)) print(count(1, 10, math.maxinteger))
  print(count(-5, -300, -1)) print(count(0, 2^53, 2^45)) print(count(0.1, 30, 0.1))
end
print(pcall(count, 1, 10, 0)) print(pcall(count, 1.0, 10, 0.0)) print(pcall(count, "1", 10, 1)) print(pcall(count, 1, {}, 1))
-- the loop's bounds change their type from entry to entry
local s = 0
for i = 1, 100 do
  for j = 1, i % 2 == 0 and 5 or 5.5 do s = s + j end
  for j = i % 3 == 0 and 1.0 or 1, 5 do s = s + j end
  for j = 5, 1, i % 5 == 0 and -1 or -2 do s = s + j end
end
print(s)
-- triangle, inner loop with zero rounds, inner break
local t = 0
for i = 1, 60 do for j = 1, i do for k = j, i do if k > 40 then break end t = t + k end end for j = 1, 0 do t = 0 end end
print(t)
local function inner(n) local r = 0 for i = 1, n do r = r + i end return r end
local function outer(n) local r = 0 for i = 1, n do r = r + inner(i) end return r end
local function most(n) local r = 0 for i = 1, n do r = r + outer(i % 30) if i % 50 == 0 then r = r + inner(i) end end return r end
print(most(300))
-- while and repeat with conditions of several kinds
local n, i = 0, 0
while true do i = i + 1 if i % 3 == 0 then goto continue end if i > 600 then break end n = n + i ::continue:: end
print(n, i)
local r = 0
repeat local done = r >= 300 r = r + 1 if r % 50 == 25 then r = r + 1 end until done or r > 299
print(r)
while r > 0 and (r ~= 77 or n > 5) do r = r - 1 end
print(r)
do local k = 0 ::top:: k = k + 1 if k < 300 then goto top end print(k) end
for a = 1, 30 do for b = 1, 30 do if (a + b) % 7 == 0 then goto next end if a * b > 600 then goto out end n = n + 1 ::next:: end end ::out::
print(n)
-- collatz, sieve, gcd, matrix, sorting
local longest, at = 0, 0
for k = 1, 1500 do local c, v = 0, k while v ~= 1 do if v % 2 == 0 then v = v // 2 else v = 3 * v + 1 end c = c + 1 end if c > longest then longest, at = c, k end end
print(longest, at)
local sieve, primes = {}, 0
for k = 2, 2000 do sieve[k] = true end
for k = 2, 2000 do if sieve[k] then primes = primes + 1 for m = k * k, 2000, k do sieve[m] = false end end end
print(primes)
local g = 0
for a = 1, 60 do for b = 1, 60 do local x, y = a, b while y ~= 0 do x, y = y, x % y end g = g + x end end
print(g)
local A = {}
for a = 1, 20 do A[a] = {} for b = 1, 20 do A[a][b] = a == b and 2 or 1 / (a + b) end end
local C, tr = {}, 0
for a = 1, 20 do local row = {} for b = 1, 20 do local v = 0 for k = 1, 20 do v = v + A[a][k] * A[k][b] end row[b] = v end C[a] = row tr = tr + row[a] end
print(string.format("%.10f", tr))
local arr, seed = {}, 42
for k = 1, 300 do seed = (seed * 1103515245 + 12345) & 0x7fffffff arr[k] = seed % 1000 end
for a = 2, #arr do local v, b = arr[a], a - 1 while b > 0 and arr[b] > v do arr[b + 1] = arr[b] b = b - 1 end arr[b + 1] = v end
print(arr[1], arr[150], arr[300])
table.sort(arr, function(a, b) return a > b end)
print(arr[1], arr[150], arr[300])
-- conditions: and, or, not, comparisons with constants of each kind
local hits = { 0, 0, 0, 0, 0, 0, 0 }
local vals = { 1, 2.0, "a", false, true, 3, 0.5, "b", 2 }
for k = 1, 900 do
  local v = vals[k % #vals + 1]
  if v == 2 then hits[1] = hits[1] + 1 end
  if v == "a" then hits[2] = hits[2] + 1 end
  if not v then hits[3] = hits[3] + 1 end
  if v and v ~= true then hits[4] = hits[4] + 1 end
  local w = v or "none"
  if w == "none" then hits[5] = hits[5] + 1 end
  if (math.type(v) == "integer" and v > 1) or v == "b" then hits[6] = hits[6] + 1 end
  local z = v == true hits[7] = hits[7] + (z and 1 or 0)
end
print(table.concat(hits, " "))
