-- malformed.lua CHUNK FIRST LAST: loads, and runs if they load, truncated and altered forms of a chunk.
--
-- Case N < length is the chunk cut to N bytes; further cases have one to four bytes or bits changed, chosen by N. The
-- number of each case is in the file that PROGRESS names, so that a crash can be told from the outside. What runs has an
-- environment of its own, and is stopped after some thousand instructions.
local file = assert(io.open(arg[1], "rb"))
local chunk = file:read "a"
file:close()
local first, last = tonumber(arg[2]), tonumber(arg[3])
local progress = assert(io.open(os.getenv "PROGRESS", "w"))
progress:setvbuf "no"

local state
local function random(n)
  state = state * 6364136223846793005 + 1442695040888963407
  return (state >> 33) % n
end

local function altered(case)
  if case < #chunk then return chunk:sub(1, case) end
  state = case * 2654435761
  random(2)
  local bytes = chunk
  for _ = 1, random(4) + 1 do
    -- The header is checked byte by byte: there is little to find.
    local at = random(#bytes - 33) + 34
    local old = bytes:byte(at)
    local new = random(2) == 0 and old ~ 1 << random(8) or random(256)
    bytes = bytes:sub(1, at - 1) .. string.char(new) .. bytes:sub(at + 1)
  end
  return bytes
end

local function environment()
  local env = { select = select, type = type, tostring = tostring, setmetatable = setmetatable, getmetatable = getmetatable,
    next = next, ipairs = ipairs, pairs = pairs, rawget = rawget, rawlen = rawlen, rawequal = rawequal, math = math,
    string = { sub = string.sub, byte = string.byte, upper = string.upper, format = string.format },
    table = { concat = table.concat, insert = table.insert, remove = table.remove, pack = table.pack } }
  env._G = env
  return env
end

local loaded = 0
for case = first, last do
  progress:seek "set"
  progress:write(case, "\n")
  local f = load(altered(case), "=case", "b", environment())
  if f then
    loaded = loaded + 1
    local co = coroutine.create(f)
    local stops = 0
    debug.sethook(co, function()
      stops = stops + 1
      error("stopped", 0)
    end, "", 5000)
    coroutine.resume(co, 1, 2.5, "three", {}, print)
    debug.sethook(co)
    coroutine.close(co)
    debug.getinfo(f, "SluL")
    debug.getlocal(f, 1)
    pcall(string.dump, f)
  end
  if case % 64 == 0 then collectgarbage() end
end
print(loaded .. " of " .. last - first + 1 .. " loaded")
os.exit(0, true)
