-- packages: lua-penlight lua-filesystem lua-dkjson lua-json lua-messagepack lua-moses lua-coxpcall lua-logging lua-inspect lua-basexx lua-uri lua-lpeg lua-lpeg-patterns lua-binaryheap lua-ansicolors lua-bitop
-- Libraries written in Lua.
local case, results, out = require("case").case, require("case").results, require("case").print

-- 1. Penlight
local pl = {}
for _, name in ipairs({
  "List", "Map", "OrderedMap", "Set", "MultiMap", "Date", "array2d", "class", "comprehension", "data", "func", "input", "lapp", "lexer", "luabalanced", "operator", "path", "permute",
  "pretty", "seq", "sip", "stringio", "stringx", "tablex", "template", "text", "types", "url", "utils", "xml",
}) do
  results("penlight loads " .. name, function()
    pl[name] = require("pl." .. name)
    local n = 0
    for _ in pairs(type(pl[name]) == "table" and pl[name] or {}) do n = n + 1 end
    return type(pl[name]), n
  end)
end
local List = pl.List
case("List", function()
  local l = List({ 10, 20, 30 })
  out(tostring(l:append(40)), tostring(l:slice(2, 3)), tostring(l:map("X*2" and function(x) return x * 2 end)), tostring(l:filter(function(x) return x > 15 end)))
  out(tostring(l .. List({ 1 })), l:index(30), l:contains(5), tostring(l:reverse()), l:reduce("+"), tostring(l:sorted()), l:minmax())
  out(tostring(List.range(1, 10, 3)), tostring(List.split("a b c")), tostring(l:partition(function(x) return x > 20 end)), l == List({ 40, 30, 20, 10 }))
  out(tostring(l:splice(2, { 7, 8 })), tostring(l:chop(1, 2)), tostring(l:remove_value(10)), pcall(l.insert, l, "x"))
end)
case("Map and Set", function()
  local m = pl.Map({ a = 1, b = 2 })
  out(tostring(m:keys():sort()), tostring(m:values():sort()), m:get("a"), m:len(), m == pl.Map({ a = 1, b = 2 }))
  local s, t = pl.Set({ 1, 2, 3 }), pl.Set({ 3, 4 })
  out(#(s + t), #(s * t), #(s - t), #(s ^ t), s < t, pl.Set.values(s * t))
end)
case("OrderedMap", function()
  local m = pl.OrderedMap()
  m:set("z", 1):set("a", 2) m:insert(1, "first", 0)
  out(tostring(m), m:keys(), m:values())
  for k, v in m:iter() do out(k, v) end
end)
case("MultiMap", function() local m = pl.MultiMap() m:set("k", 1) m:set("k", 2) out(m:get("k")) end)
case("class", function()
  local Animal = pl.class()
  function Animal:_init(name) self.name = name end
  function Animal:__tostring() return self.name .. ": " .. self:speak() end
  function Animal:speak() return "?" end
  local Dog = pl.class(Animal)
  function Dog:speak() return "bark" end
  local Cat = pl.class(Animal)
  function Cat:_init(name, style) self:super(name) self.style = style end
  function Cat:speak() return self.style end
  out(tostring(Dog("Rex")), tostring(Cat("Tom", "meow")), Dog:class_of(Dog("x")), Dog("x"):is_a(Animal), Cat("a"):is_a(Dog), pcall(function() return Dog("x"):nothing() end))
end)
case("array2d", function()
  local M = { { 1, 2, 3 }, { 4, 5, 6 } }
  local A = pl.array2d
  out(A.map("+", M, 10), A.reduce_rows("+", M), A.reduce_cols("*", M), A.flatten(M), A.column(M, 2), A.transpose and A.transpose(M), A.range(M, "A1:B2"), A.slice(M, 1, 2, 2, 3))
end)
case("comprehension", function()
  local C = pl.comprehension.new()
  out(C("x^2 for x")({ 1, 2, 3 }), C("x for x if x % 2 == 0")({ 1, 2, 3, 4 }), C("sum(x for x=1,100)")(), C("{a,b} for a=1,2 for b=1,2")(), C("table(k,v for k,v in pairs(_1))")({ q = 1 }))
  out(pcall(C, "x for"))
end)
case("data", function()
  local d = pl.data.read(pl.stringio.open("a,b\n1,2\n3,4\n"))
  out(d.fieldnames, #d, d:column_by_name("b"))
  for a, b in pl.data.query(d, "a,b where a > 1") do out(a, b) end
end)
case("func", function()
  local F = pl.func
  local _1, _2 = F._1, F._2
  out(F.I(_1 + _2 * 2)(3, 4), pl.tablex.map(F.I(_1 ^ 2), { 1, 2, 3 }), tostring(F.repr(_1 .. "x")), F.curry and F.bind1(math.max, 10)(4), F.compose(math.abs, tonumber)("-3"))
end)
case("lapp", function()
  out(pl.lapp.process_options_string and pcall(pl.lapp, "test\n -v,--verbose flag\n -n,--number (default 5) a number\n <file> (string) name\n", { "-v", "-n", "7", "input" }))
end)
case("lexer", function()
  for t, v in pl.lexer.lua('local x = 12 + "s" -- c', {}) do out(t, v) end
  for t, v in pl.lexer.cpp("int main() { return 0x1f; }", {}) do out(t, v) end
end)
case("luabalanced", function() out(pl.luabalanced.match_expression("a+(b*c) d"), pl.luabalanced.match_string("'it\\'s' x"), pl.luabalanced.match_bracketed("(a(b)c) d")) end)
case("path", function()
  local p = pl.path
  out(p.join("a", "b", "c.txt"), p.splitext("a/b.tar.gz"), p.basename("/x/y"), p.dirname("/x/y"), p.normpath("/a/./b/../c"), p.relpath("/a/b/c", "/a/d"), p.isabs("/x"), p.exists("nowhere"), p.extension("q.lua"))
end)
case("permute", function() for p in pl.permute.order_iter({ 1, 2, 3 }) do out(p) end end)
case("pretty", function()
  out(pl.pretty.write({ 1, 2, { x = "y" }, "z" }), pl.pretty.write({ 1, { 2 } }, ""), pl.pretty.read("{1,2,x=3}"), pl.pretty.read("os.exit()"), pl.pretty.number(123456, "M"), pl.pretty.number(2048, "N"))
  out(pl.pretty.load("a=1 b={2}"))
end)
case("seq", function()
  local S = pl.seq
  out(S.copy(S.range(1, 5)), S.sum(S.list({ 1, 2, 3 })), S({ 1, 2, 3 }):map(function(x) return x + 1 end):copy(), S.copy(S.zip({ 1, 2 }, { "a", "b" })), S.reduce("*", { 1, 2, 3, 4 }), S.count_map and S.count_map({ "a", "b", "a" }))
end)
case("sip", function()
  local res = {}
  out(pl.sip.match("$v{name} = $d{number}", "size = 42", res), res, pl.sip.compile("($f,$f)")("(1.5, 2)", res), res, pcall(pl.sip.compile, "$q{x}"))
end)
case("stringio", function() local f = pl.stringio.create() f:write("a", 1, "\n", "b") out(f:value()) end)
case("stringx", function()
  local s = pl.stringx
  out(s.split("a,b,,c", ","), s.strip("  x "), s.center("x", 7, "*"), s.rfind("abcabc", "b"), s.replace("aXbXc", "X", "-", 1), s.partition("k=v", "="), s.isdigit("12"), s.title("hello world"), s.expandtabs("a\tb", 4), s.count("banana", "an"), s.splitlines("a\nb\r\nc"))
  out(s.shorten("a long sentence", 8), s.join(",", { 1, 2 }), s.quote_string('a"b\n'), s.Template("$a-${b}"):substitute({ a = 1, b = 2 }), pcall(s.split, 5))
end)
case("tablex", function()
  local t = pl.tablex
  out(t.deepcompare({ 1, { 2 } }, { 1, { 2 } }), t.deepcopy({ 1, { x = 2 } }), t.keys({ a = 1 }), t.merge({ a = 1, b = 2 }, { b = 3, c = 4 }, true), t.intersection and t.index_map({ "x", "y" }), t.zip({ 1, 2 }, { 3, 4 }), t.sub({ 1, 2, 3, 4 }, 2, 3), t.reduce("+", { 1, 2, 3 }))
  for k, v in t.sort({ c = 3, a = 1, b = 2 }) do out(k, v) end
  out(pcall(t.map, nil, 5))
end)
case("template", function()
  out(pl.template.substitute("# for i = 1, 3 do\n$(i): $(name[i])\n# end\n", { name = { "a", "b", "c" }, ipairs = ipairs }))
  out(pl.template.substitute("# for\n", {}))
  out(pl.template.substitute("$(x.y)", {}))
end)
case("text", function() out(pl.text.wrap("one two three four five", 10), pl.text.dedent("  a\n    b\n  c"), pl.text.indent("a\nb", 2), pl.text.fill("x y z", 3)) end)
case("types", function() out(pl.types.is_callable(print), pl.types.type(List()), pl.types.to_bool("yes"), pl.types.is_integer(3.0), pl.types.is_empty({})) end)
case("url and utils", function()
  out(pl.url.quote("a b/c"), pl.url.unquote("%41+b"), pl.utils.split("a  b"), pl.utils.choose(false, 1, 2), pl.utils.quote_arg("it's"), pl.utils.memoize(function(x) return x * 2 end)(4))
  out(pl.utils.string_lambda("|x,y| x+y")(1, 2), pcall(pl.utils.string_lambda, "nonsense"), pcall(pl.utils.assert_arg, 1, "x", "number"))
end)
case("xml", function()
  local d = pl.xml.parse("<a x='1'><b>text</b><c/><!-- c --></a>", false, true)
  out(tostring(d), d:child_with_name("b"):get_text(), d:get_attribs())
  out(pl.xml.tostring(pl.xml.elem("p", { class = "q", "hello ", pl.xml.elem("i", "world") }), "", "  "))
  out(pcall(pl.xml.parse, "<a><b></a>", false, true))
end)
case("Date", function() local d = pl.Date({ year = 2024, month = 2, day = 29 }) out(d:year(), d:weekday_name(), d:last_day():day(), pl.Date.Format("yyyy-mm-dd"):tostring(d:add({ day = 1 }))) end)

-- 2. dkjson, luajson, MessagePack, inspect, basexx
local dkjson = require("dkjson")
for _, text in ipairs({ '{"a":[1,2.5,-3e2,true,null]}', '["\\u00e9\\ud83d\\ude00"]', "[1,", '{"a" 1}', "nul", '"unterminated', "[1] x", "// c\n[1]", "/* c */ 2" }) do
  results("dkjson decode " .. text:gsub("%s", " "), dkjson.decode, text)
end
results("dkjson encode", dkjson.encode, { 1, 2.5, "a\n\"", { x = true }, dkjson.null, { [3] = 1 } })
results("dkjson ordered", dkjson.encode, { a = 1, b = { c = 2 }, d = 3 }, { keyorder = { "d", "b", "a" }, indent = true })
results("dkjson exceptions", dkjson.encode, { print }, { exception = function(reason, _, _, message) return reason, message end })
results("dkjson cycle", pcall, dkjson.encode, (function() local t = {} t[1] = t return t end)())
results("dkjson with lpeg", function() return dkjson.use_lpeg().decode('{"a":[1,{"b":"c\\n"}]}') end)
local json = require("json")
results("luajson", function() return json.decode('{"a":[1,2,{"b":null}]}'), json.encode({ 1, "x", { true } }) end)
results("luajson bad", function() return pcall(json.decode, "[1,") end)
local mp = require("MessagePack")
case("MessagePack", function()
  for _, v in ipairs({ 1, -1, 127, 128, 255, 256, 65535, 65536, 2 ^ 32, -129, 1.5, 1 / 3, "", "text", ("x"):rep(40), ("y"):rep(70000), true, false, {}, { 1, 2, 3 }, { a = 1 } }) do
    local packed = mp.pack(v)
    local back = mp.unpack(packed)
    out(type(v), #packed, type(back) == "table" and back or back == v, packed:sub(1, 4):gsub(".", function(c) return ("%02x"):format(c:byte()) end))
  end
  out(pcall(mp.unpack, "\xc1"), pcall(mp.pack, print), pcall(mp.unpack, "\x93\1"))
end)
local inspect = require("inspect")
results("inspect", inspect, { 1, "two", { three = { 4 } }, [10] = true, ["a b"] = "q\n" })
results("inspect process", function() return inspect({ a = { secret = 1, b = 2 } }, { process = function(item, path) if path[#path] ~= "secret" then return item end end }), inspect({ { {} } }, { depth = 1 }) end)
local basexx = require("basexx")
results("basexx", function() return basexx.to_base64("hello"), basexx.from_base64("aGVsbG8="), basexx.to_base32("hello"), basexx.to_hex("abc"), basexx.from_hex("6162"), basexx.to_z85("HelloWld"), basexx.to_bit("a"), basexx.from_bit("01100001") end)

-- 3. Grammars and such
case("lpeg_patterns", function()
  local lpeg = require("lpeg")
  local ip, uri, email = require("lpeg_patterns.IPv4"), require("lpeg_patterns.uri"), require("lpeg_patterns.email")
  out(tostring(ip.IPv4address:match("192.168.0.1")), (uri.uri * -1):match("http://u@h:80/p?q#f"), (email.email_nocfws * -1):match("a.b@c.d"), (uri.uri * -1):match("::"))
end)
case("binaryheap", function()
  local h = require("binaryheap").minUnique()
  for i, v in ipairs({ 5, 3, 9, 1, 7 }) do h:insert(v, "p" .. i) end
  h:update("p3", 0)
  local list = {}
  while h:size() > 0 do local p, v = h:pop() list[#list + 1] = p .. "=" .. v end
  out(list)
end)
results("ansicolors", function() return require("ansicolors")("%{red}x%{reset bright}y") end)
case("uri", function()
  local URI = require("uri")
  local u = assert(URI:new("http://Example.COM:80/%7ea/../b?x=1#f"))
  out(tostring(u), u:host(), u:port(), u:path(), u:query(), tostring(URI:new("../c", "http://h/a/b/")), URI:new("http://[bad"))
end)

-- 4. Logs, functional tools, coroutines
case("logging", function()
  local logging = require("logging")
  local logger = logging.new(function(_, level, message) out(level, message) return true end)
  logger:setLevel(logging.WARN)
  logger:info("hidden") logger:warn("shown %d", 5) logger:error({ 1, 2 }) logger:log(logging.FATAL, function() return "lazy" end)
  out(pcall(logger.setLevel, logger, "NOPE"), logging.prepareLogMsg and logging.prepareLogMsg("%date %level %message\n", "D", "L", "M"))
end)
case("moses", function()
  local M = require("moses")
  out(M.map({ 1, 2, 3 }, function(v) return v * 2 end), M.reduce({ 1, 2, 3, 4 }, function(a, b) return a + b end), M.groupBy({ 1, 2, 3, 4 }, function(v) return v % 2 == 0 and "even" or "odd" end), M.chunk({ 1, 2, 3, 4, 5 }, function(v) return v > 3 end), M.flatten({ 1, { 2, { 3 } } }), M.range(1, 10, 3), M.zip({ 1, 2 }, { "a", "b" }))
  out(M.chain({ 3, 1, 2 }):sort():map(function(v) return v * v end):value(), M.compose(function(x) return x + 1 end, function(x) return x * 2 end)(5), M.permutation and M.powerset({ 1, 2, 3 }), M.isEqual({ 1, { 2 } }, { 1, { 2 } }), M.memoize(function(x) return x end)(3), M.uniqueId("u"))
end)
case("coxpcall", function()
  local c = require("coxpcall")
  out(coroutine.wrap(function() return c.pcall(function() coroutine.yield(1) error("inside", 0) end) end)())
  local co = coroutine.wrap(function() return c.xpcall(function() coroutine.yield(1) error("inside", 0) end, function(m) return "handled " .. m end) end)
  out(co()) out(co())
end)

-- 5. The last one, since it forbids undeclared globals from here on.
case("strict", function() local strict = require("pl.strict") local M = strict.module("M") M.known = 1 out(M.known, pcall(function() return M.nothing end), pcall(function() M.other = 1 end), pcall(function() return undeclared_global end)) end)
