-- messages.lua PRINTED EXCLUDED LIBRARY [-v]: see the script `messages`.
local function contents(name) local f = assert(io.open(name, "rb")) local s = f:read "a" f:close() return s end
local printed, library = contents(arg[1]), contents(arg[3])
local excluded = {}
for line in io.lines(arg[2]) do
  local reason, message = line:match "^(%S+)\t(.+)$"
  if reason then excluded[message] = reason end
end

-- A message is a text of at least two words of letters, with nothing but printable characters, and ends with a zero.
local messages = {}
for s in library:gmatch "([\t\n\32-\126]+)\0" do
  local words = 0
  for _ in s:gsub("%%[%a%d%-%.]+", ""):gmatch "%a%a+" do words = words + 1 end
  s = s:gsub("\n$", "")
  if words >= 2 and s:find "%a%a+[%s']" and not s:find "[%$@\\^]" and not s:find "GLIBC" and not s:find "^GCC" then messages[#messages + 1] = s end
end
table.sort(messages)

-- Each line once: most are repeated.
local lines, seen = {}, {}
for line in printed:gmatch "[^\n]+" do
  line = line:sub(1, 500)
  if not seen[line] then
    seen[line] = true
    lines[#lines + 1] = line
  end
end
printed = table.concat(lines, "\n")

-- The literal pieces of a format; a conversion stands for anything on a line.
local function pieces(message)
  local out = {}
  -- Of a message of several lines, the first one is looked for.
  message = message:gsub("^\n", ""):gsub("\n.*", ""):gsub("%%%%", "\1"):gsub("%%[%-%d%.]*[%al]", "\2")
  for piece in message:gmatch "[^\2]+" do out[#out + 1] = (piece:gsub("\1", "%%")) end
  return out
end

-- Whether a line has all the pieces in their order.
local function printed_somewhere(message)
  local list = pieces(message)
  local longest = list[1]
  for _, p in ipairs(list) do if #p > #longest then longest = p end end
  local from = 1
  while true do
    local at = printed:find(longest, from, true)
    if not at then return false end
    local first = at
    while first > 1 and printed:byte(first - 1) ~= 10 do first = first - 1 end
    local last = printed:find("\n", at, true) or #printed + 1
    local line, position = printed:sub(first, last - 1), 1
    for _, p in ipairs(list) do
      local _, behind = line:find(p, position, true)
      position = behind and behind + 1
      if not position then break end
    end
    if position then return true end
    from = last
  end
end

local provoked, missing, stale, last = 0, 0, 0, nil
for _, m in ipairs(messages) do
  if m ~= last then
    -- Printable bytes of a neighbour may have got in front of the text.
    local found = printed_somewhere(m) or printed_somewhere(m:sub(2)) or printed_somewhere(m:sub(3))
    if found then provoked = provoked + 1 end
    if found and excluded[m] then
      stale = stale + 1
      print(("FAILED excluded, but provoked: %q"):format(m))
    elseif not found and not excluded[m] then
      missing = missing + 1
      print(("FAILED not provoked: %q"):format(m))
    elseif arg[4] == "-v" then
      print(found and "provoked" or "excluded (" .. excluded[m] .. ")", m)
    end
  end
  last = m
end
local skipped = 0
for _ in pairs(excluded) do skipped = skipped + 1 end
print(("%d passed, %d failed, %d skipped"):format(provoked, missing + stale, skipped))
os.exit(missing + stale == 0)
