-- packages: lua-socket
local case, results, out = require("case").case, require("case").results, require("case").print
local socket = require("socket")
local url, ltn12, mime, http, smtp = require("socket.url"), require("ltn12"), require("mime"), require("socket.http"), require("socket.smtp")
local ftp, headers = require("socket.ftp"), require("socket.headers")

-- Without the second result of sink.table, which pump.all would take for its step.
local function collect(t) return (ltn12.sink.table(t)) end

results("version", function() return socket._VERSION, mime._VERSION end)
results("newtry protect", function() return socket.protect(function() socket.try(nil, "oops") end)() end)
results("protect passes other errors", function() return pcall(socket.protect(function() error("real", 0) end)) end)
results("protect passes values", function() return socket.protect(function(...) return ... end)(1, nil, 3) end)
results("newtry finalizer", function()
  local log = {}
  local try = socket.newtry(function() log[1] = "closed" end)
  return socket.protect(function() try(false, "bad") end)(), log
end)
results("error object in protect", function() return socket.protect(function() error({ "x" }) end)() end)
results("skip", socket.skip, 2, "a", "b", "c", "d")
results("skip nothing", socket.skip, 9, 1)
results("choose and sleep", function() local t = socket.gettime() socket.sleep(0.01) return socket.gettime() - t >= 0.009 end)

local function pair()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local client = assert(socket.connect("127.0.0.1", port))
  local peer = assert(server:accept())
  for _, s in ipairs({ server, client, peer }) do s:settimeout(5) end
  return client, peer, server
end

case("tcp lines", function()
  local c, s, l = pair()
  out(c:send("one\r\ntwo\nthree"), s:receive(), s:receive("*l"))
  c:close()
  out(s:receive())
  out(s:receive())
  s:close() l:close()
end)
case("tcp sizes and all", function()
  local c, s, l = pair()
  c:send("abcdef" .. ("x"):rep(50000))
  c:shutdown("send")
  out(s:receive(3), s:receive(0), #s:receive("*a"), s:receive("*a"), s:receive(1))
  s:close() c:close() l:close()
end)
case("tcp prefix", function()
  local c, s, l = pair()
  c:send("rest\n")
  out(s:receive("*l", "first-"))
  c:close()
  out(s:receive(5, "kept"))
  s:close() l:close()
end)
case("tcp send ranges", function()
  local c, s, l = pair()
  out(c:send("abcdef", 2, 4), c:send("abcdef", -2), s:receive(5))
  out(c:send("x", 5, 2))
  c:close() s:close() l:close()
end)
case("tcp timeouts", function()
  local c, s, l = pair()
  s:settimeout(0.02)
  out(s:receive(), s:receive(4))
  c:send("par")
  socket.sleep(0.05)
  out(s:receive(10))
  c:close() s:close() l:close()
end)
case("tcp objects print", function()
  local c, s, l = pair()
  out(tostring(c):match("^[%a{}]+"), tostring(l):match("^[%a{}]+"), tostring(socket.udp()):match("^[%a{}]+"))
  c:close() s:close() l:close()
  out(c:send("x"))
end)
case("tcp options", function()
  local c, s, l = pair()
  for _, o in ipairs({ "keepalive", "tcp-nodelay", "reuseaddr" }) do out(o, c:setoption(o, true), c:getoption(o)) end
  out(c:setoption("linger", { on = true, timeout = 1 }), c:getoption("linger"))
  out(pcall(c.setoption, c, "no-such", true))
  out(pcall(c.setoption, c, "linger", 4))
  c:close() s:close() l:close()
end)
case("tcp names", function()
  local c, s, l = pair()
  local ip, port, family = c:getpeername()
  local ip2, port2 = l:getsockname()
  out(ip, family, ip2, port == port2, select("#", s:getstats()))
  out(socket.tcp():getpeername())
  c:close() s:close() l:close()
end)
case("tcp refused", function()
  local l = assert(socket.bind("127.0.0.1", 0))
  local _, port = l:getsockname()
  l:close()
  out(socket.connect("127.0.0.1", port))
end)
case("tcp misuse", function()
  local t = socket.tcp()
  out(pcall(t.receive, t))
  out(pcall(t.settimeout, t, 1, "q"))
  out(pcall(t.settimeout, t, {}))
  out(pcall(t.settimeout, io.stdout, 1))
  local c, s, l = pair()
  out(pcall(s.receive, s, "*x"))
  out(pcall(s.receive, s, -1))
  out(pcall(s.receive, s, {}))
  out(pcall(s.send, s))
  c:close() s:close() l:close()
end)
case("bind in use", function()
  local l = assert(socket.bind("127.0.0.1", 0))
  local _, port = l:getsockname()
  local t = socket.tcp()
  out(t:bind("127.0.0.1", port))
  t:close() l:close()
end)
case("select", function()
  local c, s, l = pair()
  local r, w, e = socket.select({ s }, { c }, 0.01)
  out(#r, #w, e, w[1] == c, w[c])
  c:send("x")
  r, w, e = socket.select({ s, l }, nil, 1)
  out(#r, #w, e, r[1] == s)
  r, w, e = socket.select({ l }, {}, 0.01)
  out(#r, #w, e)
  c:close() s:close() l:close()
end)
case("echo server in a coroutine", function()
  local l = assert(socket.bind("127.0.0.1", 0))
  l:settimeout(0)
  local _, port = l:getsockname()
  local server = coroutine.wrap(function()
    local peer
    while not peer do peer = l:accept() coroutine.yield() end
    peer:settimeout(0)
    local have = ""
    while true do
      local line, err, part = peer:receive("*l", have)
      if line then peer:send(line:upper() .. "\n") have = "" else have = part or "" end
      if err == "closed" then peer:close() return end
      coroutine.yield()
    end
  end)
  local c = socket.connect("127.0.0.1", port)
  c:settimeout(0)
  for i = 1, 100 do
    c:send("line " .. i .. "\n")
    local answer
    repeat server() answer = c:receive() until answer
    if i % 25 == 0 then out(answer) end
  end
  c:close()
  for _ = 1, 1000 do if not pcall(server) then break end end
  l:close()
end)
case("many connections", function()
  local l = assert(socket.bind("127.0.0.1", 0))
  local _, port = l:getsockname()
  local sum = 0
  for i = 1, 200 do
    local c = socket.connect("127.0.0.1", port)
    local s = l:accept()
    c:send(i .. "\n")
    sum = sum + tonumber(s:receive())
    if i % 2 == 0 then c:close() s:close() end
  end
  collectgarbage()
  l:close()
  out(sum)
end)
case("udp", function()
  local a, b = socket.udp(), socket.udp()
  out(a:setsockname("127.0.0.1", 0))
  a:settimeout(2) b:settimeout(2)
  local ip, port = a:getsockname()
  out(ip, b:sendto("hello", "127.0.0.1", port))
  local data, from, p = a:receivefrom()
  out(data, from, math.type(p))
  out(a:sendto("answer", from, p), b:receive())
  out(b:setpeername("127.0.0.1", port), b:send(("y"):rep(1000)), #a:receive(), (b:getpeername()))
  out(b:send("12345"), a:receive(3))
  a:settimeout(0.01)
  out(a:receive())
  out(a:receivefrom())
  a:close() b:close()
  out(pcall(a.receive, a))
end)
case("dns", function()
  out(socket.dns.toip("127.0.0.1"), socket.dns.getaddrinfo("127.0.0.1"))
  out(socket.dns.tohostname("127.0.0.1") ~= nil, type(socket.dns.gethostname()))
end)

for _, u in ipairs({
  "http://www.example.com/cgilua/index.lua?a=2#there", "ftp://root:passwd@unsafe.org/pub/virus.exe;type=i", "//host/path", "/only/path", "http:", "",
  "?q", "#f", "mailto:x@y", "http://[::1]:80/", "http://h:8080", "a;b?c#d", "HTTP://U@H",
}) do
  results("url parse " .. u, url.parse, u)
  results("url build " .. u, function() return url.build(url.parse(u) or {}) end)
end
results("url parse with defaults", url.parse, "/x", { scheme = "http", host = "h" })
for _, r in ipairs({ "g:h", "g", "./g", "g/", "/g", "//g", "?y", "g?y", "#s", "g#s", ";x", ".", "./", "..", "../", "../g", "../..", "../../g", "../../../g", "/./g", "g.", "..g", "./../g", "g/./h", "g;x=1/../y" }) do
  results("url absolute " .. r, url.absolute, "http://a/b/c/d;p?q", r)
end
results("url escape", url.escape, "/#?;a b\u{e9}")
results("url unescape", url.unescape, "%2f%23%3F%zz%41")
results("url parse_path", url.parse_path, "/a/b%20c/d/")
results("url build_path", url.build_path, { "a b", "c", is_absolute = 1, is_directory = 1 })

case("ltn12 pump", function()
  local t = {}
  out(ltn12.pump.all(ltn12.source.string(("abc"):rep(1000)), collect(t)), #table.concat(t), #t)
end)
case("ltn12 chain", function()
  local t = {}
  local upper = function(chunk) return chunk and chunk:upper() end
  out(ltn12.pump.all(ltn12.source.chain(ltn12.source.string("mixed Case"), upper), collect(t)), t)
end)
case("ltn12 cat and rewind", function()
  local s = ltn12.source.rewind(ltn12.source.cat(ltn12.source.string("a"), ltn12.source.string("b")))
  local chunk = s()
  s(chunk)
  out(s(), s(), s())
end)
case("ltn12 errors", function()
  out(ltn12.pump.all(ltn12.source.error("bad source"), ltn12.sink.null()))
  out(ltn12.pump.all(ltn12.source.string("x"), ltn12.sink.error("bad sink")))
  out(pcall(ltn12.source.chain, nil))
end)
case("ltn12 files", function()
  ltn12.pump.all(ltn12.source.string(("line\n"):rep(500)), ltn12.sink.file(io.open("f", "w")))
  local t = {}
  ltn12.pump.all(ltn12.source.file(io.open("f")), collect(t))
  out(#table.concat(t), ltn12.source.file(nil, "no file")())
end)
case("ltn12 filter cycle", function()
  local f = ltn12.filter.cycle(function(ctx, chunk, extra) return chunk and (chunk .. ctx .. extra), ctx + 1 end, 1, "!")
  out(f("a"), f("b"), f(nil))
end)

results("b64", mime.b64, "Aladdin:open sesame")
results("b64 rest", mime.b64, "ab", "c")
results("b64 partial", mime.b64, "abcd")
results("b64 end", mime.b64, "x", nil)
results("unb64", mime.unb64, "QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
results("qp", mime.qp, "ma\u{e7}\u{e3} = x  \r\n")
results("unqp", mime.unqp, "ma=E7=E3=\r\nx")
results("wrp", mime.wrp, 10, ("0123456789abc"):rep(2), 10)
results("qpwrp", mime.qpwrp, 20, ("=41"):rep(10), 20)
results("eol", mime.eol, 0, "a\nb\r\nc\r", "\r\n")
results("dot", mime.dot, 2, ".a\r\n.b")
case("mime filters", function()
  local t = {}
  local data = {}
  for b = 0, 255 do data[#data + 1] = string.char(b) end
  data = table.concat(data):rep(20)
  local both = ltn12.filter.chain(mime.encode("base64"), mime.wrap("base64"), mime.normalize(), mime.decode("base64"))
  ltn12.pump.all(ltn12.source.chain(ltn12.source.string(data), both), collect(t))
  out(table.concat(t) == data, #data)
  t = {}
  both = ltn12.filter.chain(mime.encode("quoted-printable"), mime.decode("quoted-printable"))
  ltn12.pump.all(ltn12.source.chain(ltn12.source.string("\u{e9}t\u{e9} = 1"), both), collect(t))
  out(table.concat(t))
end)
results("mime unknown", pcall, mime.encode, "rot13")

-- A server of HTTP/1.1 that runs in a coroutine, so that the client's waiting drives it.
local function with_server(answer, f)
  local l = assert(socket.bind("127.0.0.1", 0))
  l:settimeout(2)
  local _, port = l:getsockname()
  local create = function()
    local t = socket.tcp()
    local done = false
    return setmetatable({}, { __index = function(_, k)
      if k == "receive" then
        return function(_, ...)
          if not done then
            local peer = l:accept()
            peer:settimeout(2)
            local request, length = {}, 0
            repeat
              local line = peer:receive()
              request[#request + 1] = line
              length = line and tonumber(line:lower():match("^content%-length: (%d+)")) or length
            until line == "" or not line
            done = true
            peer:send(answer(request, length > 0 and peer:receive(length) or ""))
            peer:close()
          end
          return t:receive(...)
        end
      end
      return function(_, ...) return t[k](t, ...) end
    end })
  end
  f("http://127.0.0.1:" .. port, create)
  l:close()
end
case("http get", function()
  with_server(function(r) return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n" .. #r[1] .. "####" end, function(base, create)
    local t = {}
    local ok, code, h, status = http.request({ url = base .. "/path?x=1", sink = collect(t), create = create })
    out(ok, code, h, status, table.concat(t))
  end)
end)
case("http chunked", function()
  with_server(function() return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n" end, function(base, create)
    local t = {}
    out(http.request({ url = base, sink = collect(t), create = create }))
    out(table.concat(t))
  end)
end)
case("http post", function()
  with_server(function(r, body) return "HTTP/1.0 201 Made\r\n\r\n" .. r[1] .. "|" .. body end, function(base, create)
    local t = {}
    out(http.request({ url = base .. "/p", method = "POST", source = ltn12.source.string("a=1&b=2"), headers = { ["content-length"] = 7 }, sink = collect(t), create = create }))
    out(table.concat(t))
  end)
end)
case("http not found and bad answers", function()
  with_server(function() return "HTTP/1.0 404 No\r\n\r\nmissing" end, function(base, create) out(http.request({ url = base, create = create })) end)
  with_server(function() return "" end, function(base, create) out(http.request({ url = base, create = create })) end)
  out(http.request("http://127.0.0.1:1/"))
  out(pcall(http.request, { url = "gopher://x" }))
end)
case("smtp message", function()
  local t = {}
  out(ltn12.pump.all(smtp.message({
    headers = { subject = "s", from = "<a@b>" },
    body = { preamble = "pre", { headers = { ["content-type"] = "text/plain" }, body = "text" }, { body = ltn12.source.string("source") } },
  }), collect(t)))
  local text = table.concat(t):gsub("[Bb]oundary=\"?[%w-]+\"?", "B"):gsub("%-%-[%w=-]+", "--B"):gsub("date: [^\r]*", "date: D")
  out(#text > 50, text:find("source", 1, true) ~= nil, text:find("subject: s", 1, true) ~= nil)
end)
results("header names", function() return headers.canonic["content-type"], headers.canonic["etag"] end)
results("ftp refused", ftp.get, "ftp://127.0.0.1:1/x")
