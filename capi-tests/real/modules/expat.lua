-- packages: lua-expat
local case, results, out = require("case").case, require("case").results, require("case").print
local lxp = require("lxp")
local lom, totable, threat = require("lxp.lom"), require("lxp.totable"), require("lxp.threat")

results("version", function() return lxp._VERSION, lxp._EXPAT_VERSION ~= nil, lxp._COPYRIGHT ~= nil end)

-- A parser that prints all events.
local function parser(names, separator)
  local callbacks = {}
  for _, name in ipairs(names) do
    callbacks[name] = function(p, ...) out(name, type(p), ...) end
  end
  return lxp.new(callbacks, separator)
end
local all = {
  "StartElement", "EndElement", "CharacterData", "Comment", "ProcessingInstruction", "StartCdataSection", "EndCdataSection", "XmlDecl",
  "StartDoctypeDecl", "EndDoctypeDecl", "EntityDecl", "NotationDecl", "AttlistDecl", "ElementDecl", "SkippedEntity",
}
local documents = {
  { "empty", "<a/>" }, { "text", "<a>text</a>" }, { "attributes", '<a x="1" y=\'two\'/>' }, { "nested", "<a><b><c/></b>t<b/></a>" },
  { "comment", "<a><!-- c --></a>" }, { "cdata", "<a><![CDATA[<&>]]></a>" }, { "pi", "<?go now?><a/>" }, { "entities", "<a>&lt;&amp;&#65;&#x42;</a>" },
  { "declaration", '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><a/>' }, { "utf8", "<a>\u{e9}\u{1F600}</a>" },
  { "doctype", '<!DOCTYPE a [<!ELEMENT a (#PCDATA|b)*><!ENTITY e "value"><!ATTLIST a x CDATA "d"><!NOTATION n SYSTEM "u">]><a>&e;</a>' },
  { "latin1", '<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>' }, { "newlines", "<a>\r\n1\n\r2</a>" }, { "big text", "<a>" .. ("x"):rep(200) .. "</a>" },
  { "unclosed", "<a><b></a>" }, { "no root", "" }, { "junk", "<a/>junk" }, { "bad attribute", "<a x=1/>" }, { "bad entity", "<a>&nope;</a>" },
  { "bad utf8", "<a>\xff</a>" }, { "two roots", "<a/><b/>" }, { "duplicate attribute", "<a x='1' x='2'/>" }, { "not xml", "hello" },
  { "unknown encoding", '<?xml version="1.0" encoding="x-none"?><a/>' },
}
for _, d in ipairs(documents) do
  case("events " .. d[1], function()
    local p = parser(all)
    out(p:parse(d[2]))
    out(p:parse())
    p:close()
  end)
  case("in pieces " .. d[1], function()
    local p = parser({ "StartElement", "EndElement" })
    for i = 1, #d[2] do
      local ok, message, line, column, position = p:parse(d[2]:sub(i, i))
      if not ok then out(i, message, line, column, position) return end
    end
    out(p:parse())
  end)
  results("lom " .. d[1], lom.parse, d[2])
  results("totable " .. d[1], totable.parse, d[2])
end
results("namespaces", function()
  local p = parser({ "StartNamespaceDecl", "EndNamespaceDecl", "StartElement" }, "|")
  return p:parse('<a xmlns="urn:x" xmlns:p="urn:p"><p:b p:c="1"/></a>'), p:parse()
end)
case("positions", function()
  local p
  p = lxp.new({ StartElement = function(self, name) out(name, self:pos()) end })
  p:parse("<a>\n  <b/>\n<c/></a>")
  p:parse()
  p:close()
end)
case("default handler", function()
  local p = lxp.new({ Default = function(_, s) out("default", s) end })
  p:parse("<a>t<!--c--></a>") p:parse() p:close()
end)
case("default expand", function()
  local p = lxp.new({ DefaultExpand = function(_, s) out(s) end })
  p:parse("<a>t&lt;</a>") p:parse() p:close()
end)
case("error in a callback", function()
  local p = lxp.new({ StartElement = function() error({ code = 3 }) end })
  out(pcall(p.parse, p, "<a/>"))
end)
case("stop in a callback", function()
  local p
  p = lxp.new({ StartElement = function(self, name) out(name) if name == "b" then self:stop() end end })
  out(p:parse("<a><b/><c/></a>"))
end)
case("callbacks are changed on the way", function()
  local calls = {}
  calls.StartElement = function(_, n) out("first", n) calls.StartElement = function(_, m) out("second", m) end end
  local p = lxp.new(calls)
  p:parse("<a><b/><c/></a>") p:parse() p:close()
  out(p.getcallbacks and pcall(p.getcallbacks, p))
end)
case("callbacks that are false", function()
  local p = lxp.new({ StartElement = false, CharacterData = function(_, s) out(s) end })
  p:parse("<a>x</a>") p:parse() p:close()
end)
results("unknown callback", lxp.new, { NoSuch = print })
results("misuse", lxp.new)
results("misuse of parse", function() return lxp.new({}):parse({}) end)
results("closed", function() local p = lxp.new({}) p:close() return p:close(), pcall(p.parse, p, "<a/>") end)
results("close too early", function() local p = lxp.new({}) p:parse("<a>") return pcall(p.close, p) end)
results("setbase", function() local p = lxp.new({}) p:setbase("http://x/") return p:getbase() end)
results("merge character data", function() local n = 0 local p = lxp.new({ CharacterData = function() n = n + 1 end }, nil, false) p:parse("<a>1&amp;2\n3</a>") return n end)
case("external entity", function()
  local p = lxp.new({
    ExternalEntityRef = function(self, sub, base, system, public)
      out(type(sub), base, system, public)
      return true
    end,
    CharacterData = function(_, s) out("text", s) end,
  })
  p:setbase("base")
  out(p:parse('<!DOCTYPE a [<!ENTITY e SYSTEM "file.xml">]><a>&e;</a>'))
end)
case("limits", function()
  local function limited(limits, text)
    local p = threat.new({ StartElement = function() end, threat = limits })
    local ok, message = p:parse(text)
    if ok then ok, message = p:parse() end
    out(ok, message)
  end
  limited({ depth = 3 }, "<a><b><c/></b></a>")
  limited({ depth = 3 }, "<a><b><c><d/></c></b></a>")
  limited({ maxChildren = 2 }, "<a><b/><b/><b/></a>")
  limited({ maxAttributes = 1 }, "<a x='1' y='2'/>")
  limited({ text = 5 }, "<a>1234567</a>")
end)
case("large document", function()
  local t = { "<root>" }
  for i = 1, 5000 do t[#t + 1] = ('<item id="%d" name="n%d">text %d</item>\n'):format(i, i % 7, i) end
  t[#t + 1] = "</root>"
  local sum, texts = 0, 0
  local p = lxp.new({ StartElement = function(_, _, a) sum = sum + (a.id or 0) end, CharacterData = function(_, s) texts = texts + #s end })
  p:parse(table.concat(t)) p:parse() p:close()
  out(sum, texts, #lom.parse(table.concat(t)))
end)
case("lom from functions and files", function()
  local parts = { "<a>", "<b x='1'/>", "</a>" }
  local i = 0
  out(lom.parse(function() i = i + 1 return parts[i] end))
  out(lom.parse(parts))
end)
case("lom find and list", function()
  local d = lom.parse("<a><b n='1'><c>deep</c></b><b n='2'/></a>")
  out(lom.find_elem(d, "c"))
  for e in lom.list_children(d, "b") do out(e.attr.n) end
end)
case("parsers are collected", function()
  for _ = 1, 500 do lxp.new({ StartElement = function() end }):parse("<a><b>") end
  collectgarbage()
  out("done")
end)
