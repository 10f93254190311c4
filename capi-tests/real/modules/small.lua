-- packages: lua-bitop lua-term lua-system lua-event lua-socket lua-dbi-sqlite3 lua-readline lua-cyrussasl lua-ldap lua-unbound
-- Modules that need a few cases each.
local case, results, out = require("case").case, require("case").results, require("case").print

require("case").clean = function(text) return (text:gsub("(%a)%.core", "%1")) end -- a function is found under either name

-- 1. bit
local bit = require("bit")
for _, name in ipairs({ "band", "bor", "bxor" }) do
  results("bit." .. name, function() return bit[name](0x12345678, 0xff, 0x0f0f0f0f), bit[name](-1, 5), bit[name](7) end)
end
for _, name in ipairs({ "lshift", "rshift", "arshift", "rol", "ror" }) do
  results("bit." .. name, function() return bit[name](0x87654321, 12), bit[name](1, 31), bit[name](-1, 33), bit[name](5, 0) end)
end
results("bit.tobit", function() return bit.tobit(0xffffffff), bit.tobit(2 ^ 40 + 7), bit.tobit(-1.5), bit.tobit("12"), bit.bnot(0), bit.bswap(0x12345678) end)
results("bit.tohex", function() return bit.tohex(255), bit.tohex(-1), bit.tohex(255, 4), bit.tohex(255, -4) end)
results("bit misuse", function() return pcall(bit.band, {}), pcall(bit.bor), pcall(bit.lshift, 1) end)

-- 2. term
local term = require("term")
results("term isatty", function() local f <close> = io.open("/dev/null") return term.isatty(f), pcall(term.isatty, 1), pcall(term.isatty) end)
results("term colors", function() return tostring(term.colors.red), term.colors.green("text"), term.colors.bright .. "x", pcall(function() return term.colors.nope.x end) end)
case("term cursor", function() term.clear() term.cursor.jump(1, 2) term.cursor.goup(3) term.cleareol() print() end)

-- 3. system
local system = require("system")
results("system time", function() return type(system.gettime()), type(system.monotime()), system.monotime() <= system.monotime() end)
results("system sleep", function() local t = system.monotime() system.sleep(0.01) return system.monotime() - t >= 0.009, pcall(system.sleep, "x") end)

-- 4. luaevent
local event = require("luaevent")
local core = event.core
case("event timers", function()
  local base = core.new()
  local n = 0
  local e
  e = base:addevent(nil, core.EV_TIMEOUT, function(what)
    n = n + 1
    out(what == core.EV_TIMEOUT, n)
    if n == 3 then return core.LEAVE end
    return core.EV_TIMEOUT, 0.001
  end, 0.001)
  out(base:loop(), n)
end)
case("event on sockets", function()
  local socket = require("socket")
  local base = core.new()
  local server = socket.bind("127.0.0.1", 0)
  local _, port = server:getsockname()
  local client = socket.connect("127.0.0.1", port)
  local peer = server:accept()
  base:addevent(peer, core.EV_READ, function(what) out(what == core.EV_READ, peer:receive()) return core.LEAVE end)
  base:addevent(client, core.EV_WRITE, function() client:send("line\n") return core.LEAVE end)
  base:loop()
  server:close() client:close() peer:close()
end)
case("event error in a callback", function()
  local base = core.new()
  base:addevent(nil, core.EV_TIMEOUT, function() error("in the event", 0) end, 0.001)
  out(pcall(base.loop, base))
end)
case("event buffers", function()
  local b = core.buffer and core.buffer.new()
  if b then out(b:add("abc", "def"), b:length(), b:get_data(), b:get_data(2, 3), b:readline(), b:drain(2), b:get_data(), tostring(b):match("^%a+")) end
end)
results("event misuse", function() return pcall(core.new().addevent, core.new(), nil, core.EV_TIMEOUT, 5) end)
case("events are collected", function()
  for _ = 1, 200 do core.new():addevent(nil, core.EV_TIMEOUT, function() end, 1000) end
  collectgarbage() collectgarbage()
  out("done")
end)

-- 5. DBI
local DBI = require("DBI")
case("dbi statements", function()
  local db = assert(DBI.Connect("SQLite3", "dbi.db"))
  out(db:ping(), db:autocommit(true))
  local create = assert(db:prepare("CREATE TABLE t (i INTEGER, s TEXT, f REAL)"))
  out(create:execute())
  local insert = assert(db:prepare("INSERT INTO t VALUES (?, ?, ?)"))
  for i = 1, 5 do out(insert:execute(i, i % 2 == 0 and "s" .. i or nil, i / 2), insert:affected()) end
  local query = assert(db:prepare("SELECT i, s, f FROM t WHERE i > ? ORDER BY i"))
  out(query:execute(2), query:columns())
  for row in query:rows(true) do out(row) end
  query:execute(3)
  for row in query:rows() do out(row) end
  query:execute(4)
  out(query:fetch(), query:fetch(), query:close())
  out(db:prepare("SELEC"))
  out(insert:execute({}, 1, 2))
  out(DBI.Do(db, "DELETE FROM t"), db:close(), pcall(db.prepare, db, "SELECT 1"))
end)
case("dbi errors", function() out(DBI.Connect("SQLite3", "/no/where")) out(pcall(DBI.Connect, "Nope", "x")) out(DBI.Drivers()) end)

-- 6. readline
case("readline", function()
  local readline = require("readline")
  out(type(readline.readline), pcall(readline.set_options, { histfile = "", keeplines = 5, ignoredups = true }))
  readline.set_complete_list({ "one", "two" })
  readline.add_history("line")
end)

-- 7. cyrussasl, ldap, unbound: what works without a server
case("cyrussasl", function()
  local sasl = require("cyrussasl")
  out(pcall(sasl.server_init, "app"), pcall(sasl.server_new))
  out(type(sasl.get_version), pcall(sasl.server_new, 1, {}))
end)
case("ldap", function()
  local ldap = require("lualdap")
  out(ldap._VERSION, pcall(ldap.open_simple, "127.0.0.1:1", "cn=x", "y"))
  out(pcall(ldap.open_simple, {}))
end)
case("unbound", function()
  local unbound = require("lunbound")
  local context = unbound.new({ resolvconf = false, hoststxt = false })
  out(tostring(context):match("^[%w_.]+"), context:getfd() >= 0, context:poll(), pcall(context.resolve, context, {}))
  out(pcall(unbound.new, { resolvconf = 5 }))
end)
