-- Cases and deterministic output for the scripts in modules/.
local M = {}

-- Writes the path of the Lua library in this process to the file that the runner names.
function M.used()
  for line in io.lines("/proc/self/maps") do
    local path = line:match("/.*liblua5%.4%.so.*")
    if path then
      local out = assert(io.open(os.getenv("USED"), "w"))
      out:write(path)
      out:close()
      return
    end
  end
end

local function order(a, b)
  local ta, tb = math.type(a) or type(a), math.type(b) or type(b)
  if ta ~= tb then return ta < tb end
  if ta == "integer" or ta == "float" or ta == "string" then return a < b end
  return tostring(a) < tostring(b)
end

-- A value as text that is the same in every run: sorted keys, no addresses.
function M.show(v, seen)
  seen = seen or {}
  local t = type(v)
  if t == "string" then return string.format("%q", v) end
  if t == "table" then
    if seen[v] then return "<cycle>" end
    seen[v] = true
    local keys, parts = {}, {}
    for k in next, v do keys[#keys + 1] = k end
    table.sort(keys, order)
    for i, k in ipairs(keys) do
      parts[i] = (k == i and "" or "[" .. M.show(k, seen) .. "]=") .. M.show(rawget(v, k), seen)
    end
    seen[v] = nil
    return "{" .. table.concat(parts, ", ") .. "}"
  end
  return (tostring(v):gsub("0x%x+", "ADDRESS"))
end

-- A script may replace this to take out what differs between two runs of one library.
function M.clean(text) return text end

function M.print(...)
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = M.show(parts[i]) end
  print(M.clean(table.concat(parts, "\t")))
end

-- One case: its name, a function that prints, or raises (the error is output as well).
function M.case(name, f, ...)
  io.write("# ", name, "\n")
  local ok, message = pcall(f, ...)
  if not ok then M.print("error", message) end
  io.stdout:flush()
end

-- A case that prints the results of a call.
function M.results(name, f, ...)
  local args = table.pack(...)
  M.case(name, function() M.print(f(table.unpack(args, 1, args.n))) end)
end

M.used()
return M
