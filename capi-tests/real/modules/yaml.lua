-- packages: lua-yaml
local case, results, out = require("case").case, require("case").results, require("case").print
local yaml, lyaml = require("yaml"), require("lyaml")

for _, text in ipairs({
  "a", "1", "-5", "1.5", "0x10", "0o17", "010", "1e3", ".inf", "-.inf", ".nan", "~", "null", "true", "no", "yes", "on", "2001-01-01", "''", '"a\\nb\\u00e9"',
  "[1, 2, [3]]", "{a: 1, b: {c: d}}", "- 1\n- 2\n", "a: 1\nb:\n  - x\n  - y\n", "a: |\n  one\n  two\n", "a: >\n  folded\n  text\n", "&x [1, 2]",
  "a: &x {k: v}\nb: *x\n", "base: &b {x: 1}\nd:\n  <<: *b\n  y: 2\n", "!!str 12", "!!int '12'", "!!float 3", "!custom x", "# comment\na: b", "? k\n: v", "[]", "{}", "",
  "a: 'it''s'", "1_000", "0b101", "1:30", "- - 1\n  - 2\n- {}", "multi\nline\nplain", "\u{e9}: \u{1F600}", "1: one\ntrue: yes",
}) do
  results("load " .. text:gsub("%s+", " "), lyaml.load, text)
end
for _, text in ipairs({ "[1, 2", "{a: ", "a: b: c", "*nowhere", "\t- x", "a: [}", '"open', "!!int abc", "%BAD", "- a\nb: c", "&a &b c" }) do
  results("bad " .. text:gsub("%s+", " "), lyaml.load, text)
end
results("documents", function() return lyaml.load("--- 1\n--- [2]\n--- {a: 3}\n...\n", { all = true }) end)
results("load options", function() return lyaml.load("[a, 1]", { explicit_scalar = {}, implicit_scalar = function(v) return "<" .. v .. ">" end }) end)
for i, value in ipairs({
  "text", 1, 1.5, true, {}, { 1, 2, 3 }, { a = 1 }, { { x = 1 }, { 2, { 3 } } }, "true", "12", "", "two\nlines", " padded ", "with: colon", "- dash", "\u{e9}", math.huge, -math.huge,
  math.maxinteger, 0.1, lyaml.null, "null", "~", "2001-01-01", "#x", "'", '"',
}) do
  results("dump " .. i, function() return lyaml.dump({ value }) end)
  results("round trip " .. i, function() return lyaml.load(lyaml.dump({ value })) end)
end
results("dump many", function() return lyaml.dump({ 1, { 2 }, "x" }) end)
results("dump shared", function() local t = { 1 } return lyaml.dump({ { t, t } }) end)
results("dump anchors", function() local t = { 1 } return lyaml.dump({ { t, t } }, { anchors = { [t] = "one" } and { one = t } }) end)
results("dump function", lyaml.dump, { print })
results("dump not a table", lyaml.dump, 1)
results("dump nan", function() return lyaml.dump({ 0 / 0 }) end)
case("large", function()
  local t = {}
  for i = 1, 2000 do t[i] = { id = i, name = "n" .. i, tags = { "a", i % 3 } } end
  local text = lyaml.dump({ t })
  local back = lyaml.load(text)
  out(#back, back[2000].id, back[999].tags[2])
end)
case("events", function()
  local next_event = yaml.parser("a: [1, *x]\n")
  for _ = 1, 12 do
    local ok, e = pcall(next_event)
    if not ok or not e then out(ok, e) break end
    out(e.type, e.value, e.start_mark and e.start_mark.column)
    if e.type == "STREAM_END" then break end
  end
end)
case("emitter", function()
  local e = yaml.emitter()
  for _, event in ipairs({
    { type = "STREAM_START" }, { type = "DOCUMENT_START" }, { type = "MAPPING_START" }, { type = "SCALAR", value = "k" },
    { type = "SEQUENCE_START", style = "FLOW" }, { type = "SCALAR", value = "1" }, { type = "SCALAR", value = "x y", style = "DOUBLE_QUOTED" },
    { type = "SEQUENCE_END" }, { type = "MAPPING_END" }, { type = "DOCUMENT_END" }, { type = "STREAM_END" },
  }) do out(e.emit(event)) end
end)
results("emitter misuse", function() return pcall(yaml.emitter().emit, { type = "NOPE" }) end)
case("scanner", function()
  local n = 0
  for token in yaml.scanner("{a: [b, c]}") do n = n + 1 out(token.type, token.value) end
  out(n)
end)
results("explicit and implicit", function()
  local implicit, explicit = require("lyaml.implicit"), require("lyaml.explicit")
  return implicit.decimal("12"), implicit.hexadecimal("0xff"), implicit.float("1.5"), implicit.bool("yes"), implicit.null("~"), explicit.int("0x10"), explicit.str(5)
end)
