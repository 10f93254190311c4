-- pcall: protected calls, with and without errors
local ok, failed = 0, 0
local function work(i) if i % 4 == 0 then error("bad") elseif i % 4 == 1 then error({ i }) end return i end
for i = 1, tonumber(arg[1]) or 6000000 do
  if pcall(work, i) then ok = ok + 1 else failed = failed + 1 end
end
print(ok, failed)
