-- Runs as neomutt starts: every function of the module mutt, and its errors.
dofile(os.getenv("REAL") .. "/used.lua")
local function case(name, f, ...)
  mutt.print("# " .. name)
  local r = table.pack(pcall(f, ...))
  for i = 1, r.n do r[i] = tostring(r[i]):gsub("0x%x+", "ADDRESS") end
  mutt.print((table.concat(r, " | "):gsub("%%", "%%%%"))) -- mutt.print takes a format
end
case("version", function() return _VERSION end)
for _, name in ipairs({ "index_format", "sort", "timeout", "use_domain", "from", "sleep_time", "folder", "abort_unmodified", "reply_regex", "score_threshold_read", "wrap" }) do
  case("get " .. name, mutt.get, name)
end
case("get nothing", mutt.get)
case("get unknown", mutt.get, "no_such_option")
case("get number", mutt.get, 5)
case("set string", function() mutt.set("index_format", "%4C %s") return mutt.get("index_format") end)
case("set number", function() mutt.set("wrap", 72) return mutt.get("wrap") end)
case("set boolean", function() mutt.set("use_domain", false) return mutt.get("use_domain") end)
case("set quad", function() mutt.set("abort_unmodified", 1) return mutt.get("abort_unmodified") end)
case("set sort", function() mutt.set("sort", "threads") return mutt.get("sort") end)
-- (A value that is refused makes mutt.set return -1 results, which the manual leaves undefined.)
case("set bad number", function() return mutt.set("wrap", "many") end)
case("set unknown", mutt.set, "no_such_option", 1)
case("set nothing", mutt.set)
case("set with a table", mutt.set, "wrap", {})
case("call", function() return mutt.call("set", "wrap=60") end)
case("after call", function() return mutt.get("wrap") end)
case("call fails", mutt.call, "set", "no_such=1")
case("call unknown", mutt.call, "no_such_command", "x")
case("call nothing", mutt.call)
case("enter", function() return mutt.enter("set wrap=50") end)
case("after enter", function() return mutt.get("wrap") end)
case("enter fails", mutt.enter, "nonsense command")
case("error", mutt.error, "an error message")
case("command", function()
  mutt.command = mutt.command or {}
  return type(mutt.command), type(mutt.command.set)
end)
case("commands as methods", function() return mutt.command.set("wrap=40") end)
case("after the method", function() return mutt.get("wrap") end)
case("constants", function() return mutt.QUAD_YES, mutt.QUAD_NO, mutt.QUAD_ASKYES, mutt.VERSION end)
case("closures and tables", function()
  local counters = {}
  for i = 1, 5 do counters[i] = function() return i * i end end
  local sum = 0
  for _, f in ipairs(counters) do sum = sum + f() end
  return sum, #string.rep("x", 1000), ("%5.2f"):format(math.pi)
end)
answer = 42

-- The character that opens a case would open a comment in the configuration.
function title(name) mutt.print("# " .. name) end
