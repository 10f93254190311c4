-- packages: lua-sec openssl
local case, results, out = require("case").case, require("case").results, require("case").print
local socket, ssl = require("socket"), require("ssl")

assert(os.execute([[openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3 -set_serial 77 \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 >openssl.log 2>&1]]))

local server_params = { mode = "server", protocol = "any", key = "key.pem", certificate = "cert.pem", verify = "none", options = "all" }
local client_params = { mode = "client", protocol = "any", cafile = "cert.pem", verify = { "peer", "fail_if_no_peer_cert" }, options = "all" }
local server_context = assert(ssl.newcontext(server_params))

-- Both ends live in one process, so the handshakes take turns.
local function pair(client, server)
  local l = assert(socket.bind("127.0.0.1", 0))
  local _, port = l:getsockname()
  local c, s = assert(socket.connect("127.0.0.1", port)), assert(l:accept())
  l:close()
  c, s = assert(ssl.wrap(c, client or client_params)), assert(ssl.wrap(s, server or server_context))
  c:settimeout(0) s:settimeout(0)
  local done_c, done_s, err
  for _ = 1, 500 do
    if not done_c then done_c, err = c:dohandshake() if err and not err:match("want") and err ~= "timeout" then return nil, "client: " .. err end end
    if not done_s then done_s, err = s:dohandshake() if err and not err:match("want") and err ~= "timeout" then return nil, "server: " .. err end end
    if done_c and done_s then break end
    socket.sleep(0.001)
  end
  c:settimeout(5) s:settimeout(5)
  return c, s
end

results("version", function() return ssl._VERSION end)
case("handshake", function()
  local c, s = pair()
  out(type(c), type(s), c:info("protocol"), c:info("cipher"), s:info("bits"))
  c:close() s:close()
end)
case("lines both ways", function()
  local c, s = pair()
  out(c:send("question\n"), s:receive(), s:send("answer\nrest"), c:receive("*l"), c:receive(4))
  c:close()
  out(s:receive())
  s:close()
end)
case("large data", function()
  local c, s = pair()
  local sent, got = 0, {}
  local data = ("0123456789abcdef"):rep(512)
  for _ = 1, 40 do
    sent = sent + c:send(data)
    got[#got + 1] = s:receive(#data)
  end
  out(sent, #table.concat(got), got[40] == data)
  c:close() s:close()
end)
case("peer certificate", function()
  local c, s = pair()
  local x = c:getpeercertificate()
  out(x:serial(), x:validat(os.time()), x:validat(1), #x:digest("sha256"), x:subject(), x:issuer())
  out(x:extensions()["2.5.29.17"])
  out(s:getpeercertificate())
  out(#x:pem() > 300, x:pubkey() ~= nil, select(2, x:pubkey()))
  c:close() s:close()
end)
case("peer finished", function()
  local c, s = pair()
  out(c:getfinished() == s:getpeerfinished(), s:getfinished() == c:getpeerfinished())
  c:close() s:close()
end)
results("verification fails", pair, { mode = "client", protocol = "any", verify = "peer", options = "all" })
results("protocol mismatch", pair, { mode = "client", protocol = "tlsv1_2", verify = "none" }, { mode = "server", protocol = "tlsv1_3", key = "key.pem", certificate = "cert.pem" })
case("alpn", function()
  local c, s = pair(
    { mode = "client", protocol = "any", verify = "none", alpn = { "h2", "http/1.1" } },
    { mode = "server", protocol = "any", key = "key.pem", certificate = "cert.pem", alpn = function(list) out(list) return "http/1.1" end })
  out(c:getalpn(), s:getalpn())
  c:close() s:close()
end)
case("sni", function()
  local l = assert(socket.bind("127.0.0.1", 0))
  local _, port = l:getsockname()
  local c, s = assert(socket.connect("127.0.0.1", port)), assert(l:accept())
  l:close()
  c, s = ssl.wrap(c, client_params), ssl.wrap(s, server_context)
  c:sni("localhost")
  s:sni({ localhost = server_context }, false)
  c:settimeout(0) s:settimeout(0)
  for _ = 1, 200 do local a, b = c:dohandshake(), s:dohandshake() if a and b then break end socket.sleep(0.001) end
  out(s:getsniname())
  c:close() s:close()
end)
case("verify callback data", function()
  local c, s = pair({ mode = "client", protocol = "any", verify = "peer", verifyext = { "lsec_continue", "lsec_ignore_purpose" }, options = "all" })
  out(c:getpeerverification())
  c:close() s:close()
end)
case("password callback", function()
  assert(os.execute("openssl rsa -aes128 -passout pass:secret -in key.pem -out locked.pem >>openssl.log 2>&1"))
  local context = { mode = "server", protocol = "any", key = "locked.pem", certificate = "cert.pem" }
  context.password = function() return "secret" end
  out((ssl.newcontext(context)) ~= nil)
  context.password = "secret"
  out((ssl.newcontext(context)) ~= nil)
  context.password = "wrong"
  out((ssl.newcontext(context)) ~= nil)
end)
local contexts = {
  { "no protocol", mode = "client" }, { "bad protocol", mode = "client", protocol = "ssl9" }, { "bad mode", mode = "spectator", protocol = "any" },
  { "no such key", mode = "server", protocol = "any", key = "nowhere.pem" }, { "no such certificate", mode = "server", protocol = "any", certificate = "nowhere.pem" },
  { "bad option", mode = "client", protocol = "any", options = "no_such" }, { "bad verify", mode = "client", protocol = "any", verify = "perhaps" },
  { "bad cipher", mode = "client", protocol = "any", ciphers = "NOPE" }, { "bad curve", mode = "server", protocol = "any", curve = "nope" },
}
for _, params in ipairs(contexts) do
  results("context: " .. params[1], function() local c, e = ssl.newcontext(params) return type(c), e end)
end
results("load certificate", function() local f <close> = io.open("cert.pem") return (ssl.loadcertificate(f:read("a")):serial()) end)
results("load bad certificate", function() return (ssl.loadcertificate("nonsense")) end)
results("wrap a closed socket", function() local t = socket.tcp() t:close() return type((ssl.wrap(t, client_params))) end)
results("wrap misuse", pcall, ssl.wrap, socket.tcp(), 42)
case("https refused", function() out(require("ssl.https").request("https://127.0.0.1:1/")) end)
case("contexts are collected", function()
  for _ = 1, 50 do ssl.newcontext(client_params) end
  collectgarbage()
  out("done")
end)
results("configuration", function() return ssl.config.protocols.tlsv1_2, ssl.config.protocols.sslv2, ssl.config.capabilities.ecdhe end)
