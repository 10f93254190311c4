-- packages: lua-lpeg
local case, results, out = require("case").case, require("case").results, require("case").print
local lpeg = require("lpeg")
local re = require("re")
local P, R, S, V, B = lpeg.P, lpeg.R, lpeg.S, lpeg.V, lpeg.B
local C, Ct, Cc, Cg, Cb, Cf, Cs, Cp, Cmt, Carg = lpeg.C, lpeg.Ct, lpeg.Cc, lpeg.Cg, lpeg.Cb, lpeg.Cf, lpeg.Cs, lpeg.Cp, lpeg.Cmt, lpeg.Carg
local match = lpeg.match

results("type of a pattern", lpeg.type, P("a"))
results("type of a string", lpeg.type, "a")
results("literal", match, P("ab"), "abc")
results("literal fails", match, P("x"), "abc")
results("any count", match, P(2), "abc")
results("negative count", match, P(-4), "abc")
results("true", match, P(true), "")
results("false", match, P(false), "")
results("range", match, R("az", "AZ") ^ 1, "abCd1")
results("set", match, S("+-*/") ^ 0, "+-x")
results("start position", match, P("c"), "abc", 3)
results("negative start", match, P("c"), "abc", -1)
results("sequence", match, P("a") * "b" * C("c"), "abc")
results("choice", match, C(P("x") + "y" + "a"), "abc")
results("difference", match, C((P(1) - "c") ^ 0), "abcd")
results("at most", match, C(P("a") ^ -2), "aaaa")
results("and predicate", match, #P("a") * C(1), "ab")
results("not predicate", match, -P("b") * C(1), "ab")
results("lookbehind", match, P("a") * B("a") * C("b"), "ab")
results("position capture", match, Cp() * P("a") ^ 0 * Cp(), "aab")
results("constant capture", match, Cc(1, nil, "x", false), "")
results("table capture", match, Ct(C(1) * C(1) * Cg(C(1), "name")), "abc")
results("group capture", match, Ct(Cg(C(1) * C(1)) * Cc(9)), "ab")
results("back capture", match, Cg(C(1), "q") * P("-") * Cb("q") * Cb("q"), "a-")
results("fold", match, Cf(C(R("09") ^ 1) / tonumber * ("+" * (C(R("09") ^ 1) / tonumber)) ^ 0, function(a, b) return a + b end), "1+20+300")
results("substitution", match, Cs((P("a") / "<%0>" + 1) ^ 0), "banana")
results("string replacement with captures", match, Cs((C(1) * C(1)) / "%2%1"), "ab")
results("table query", match, Cs((R("az") / { a = "1", b = 2 } + 1) ^ 0), "abc")
results("function replacement", match, Cs((R("az") / string.upper + 1) ^ 0), "a-b")
results("number replacement", match, (C(1) * C(1) * C(1)) / 2, "abc")
results("extra argument", match, Carg(1) * Carg(2), "", 1, "x", "y")
results("extra argument missing", match, Carg(3), "", 1, "x")
results("match-time capture", match, Cmt(C(R("09") ^ 1), function(s, i, d) return i, #s, d * 2 end), "12x")
results("match-time false", match, Cmt(P(1), function() return false end) + C("a"), "a")
results("match-time position", match, Cmt(P(1), function(s, i) return i + 1 end) * C(1), "abc")
results("match-time bad position", match, Cmt(P(1), function() return 99 end), "abc")
results("match-time error", match, Cmt(P(1), function() error({ code = 7 }) end), "abc")
results("error in function capture", match, P(1) / function() error("boom", 0) end, "abc")
results("nil group", match, Ct(Cg(Cc(nil), "x")), "")
results("grammar", match, P({ "S", S = "a" * V("S") * "b" + P(true) }) * -1, "aaabbb")
results("grammar with captures", match, P({ Ct(V("item") ^ 0), item = C(R("az") ^ 1) * S(" ") ^ 0 }), "one two three")
results("balanced parentheses", match, P({ "(" * ((1 - S("()")) + V(1)) ^ 0 * ")" }), "(a(b)c(d(e)))x")
results("left recursion", P, { V(1) * "a" + "a" })
results("undefined rule", P, { V("nowhere") })
results("empty loop", function() return P("") ^ 0 end)
results("rule from outside a grammar", match, V("x"), "a")
results("bad pattern", P, print == nil)
results("userdata from elsewhere", match, io.stdout, "x")
results("bad repeat", function() return P("a") ^ "x" end)
results("concatenation with number", match, P("a") * 2, "abc")
results("long subject", match, C((1 - P("z")) ^ 0) / string.len, ("abc"):rep(100000) .. "z")
results("many captures", function() return select("#", match(C(1) ^ 0, ("x"):rep(5000))) end)
results("many captures in a table", function() return #match(Ct(C(1) ^ 0), ("x"):rep(200000)) end)
results("too many captures for the stack", function() return select("#", match(C(1) ^ 0, ("x"):rep(2000000))) end)
case("stack overflow of the machine", function()
  lpeg.setmaxstack(400)
  local nested = P({ "(" * V(1) * ")" + P(true) })
  out(match(nested, ("("):rep(100) .. (")"):rep(100)))
  out(match(nested, ("("):rep(1000)))
end)
results("max stack of a thousand", function()
  lpeg.setmaxstack(10000)
  return match(P({ "(" * V(1) * ")" + P(true) }), ("("):rep(5000) .. (")"):rep(5000))
end)
case("locale", function()
  local l = lpeg.locale()
  local names = {}
  for k in pairs(l) do names[#names + 1] = k end
  table.sort(names)
  out(names, match(l.alpha ^ 1, "abc1"), match(l.space ^ 0, " \t\nx"), match(l.xdigit ^ 0, "0aFg"))
end)
results("version", lpeg.version)
case("arithmetic grammar", function()
  local space = S(" \n\t") ^ 0
  local number = C(P("-") ^ -1 * R("09") ^ 1) * space / tonumber
  local term, factor = C(S("+-")) * space, C(S("*/")) * space
  local open, close = "(" * space, ")" * space
  local function eval(a, op, b)
    if op == "+" then return a + b elseif op == "-" then return a - b elseif op == "*" then return a * b else return a / b end
  end
  local G = P({
    "Exp",
    Exp = Cf(V("Term") * Cg(term * V("Term")) ^ 0, eval),
    Term = Cf(V("Factor") * Cg(factor * V("Factor")) ^ 0, eval),
    Factor = number + open * V("Exp") * close,
  })
  for _, s in ipairs({ "1", "1+2*3", "(1+2)*3", "7/2", "2*(3+4)*(5-6)", "10-3-2", "-5+3", "1+" }) do out(s, match(space * G * -1, s)) end
end)
case("csv", function()
  local field = '"' * Cs(((P(1) - '"') + P('""') / '"') ^ 0) * '"' + C((1 - S(',\n"')) ^ 0)
  local record = Ct(field * ("," * field) ^ 0) * (P("\n") + -1)
  out(match(record, 'a,b,"c ""q"", d",,e\nf'))
end)
case("json-like", function()
  local ws = S(" \n") ^ 0
  local G = P({
    ws * V("value") * ws * -1,
    value = V("string") + V("number") + V("array") + V("object") + P("true") * Cc(true) + P("false") * Cc(false) + P("null") * Cc("null"),
    string = '"' * C((1 - P('"')) ^ 0) * '"',
    number = C(P("-") ^ -1 * R("09") ^ 1 * (P(".") * R("09") ^ 1) ^ -1) / tonumber,
    array = Ct("[" * ws * (V("value") * ws * ("," * ws * V("value") * ws) ^ 0) ^ -1 * "]"),
    pair = Cg(V("string") * ws * ":" * ws * V("value") * ws),
    object = "{" * ws * Cf(Ct("") * V("pair") * ("," * ws * V("pair")) ^ 0, function(t, k, v) t[k] = v return t end) * "}",
  })
  out(match(G, '{"a": [1, 2.5, -3, []], "b": {"c": true, "d": null}, "e": "x"}'))
end)
case("patterns are collected", function()
  local w = setmetatable({}, { __mode = "v" })
  w[1] = P("abc") * P("def")
  collectgarbage() collectgarbage()
  out(w[1] == nil)
end)
case("patterns keep their captures alive", function()
  local p = P("a") / (function() local u = {} return function() return #u end end)() * Cc({ 1, 2 })
  for _ = 1, 3 do collectgarbage() end
  out(match(p, "a"))
end)
case("many patterns", function()
  local p = P(false)
  for i = 1, 500 do p = p + P("key" .. i .. ";") * Cc(i) end
  out(match(p, "key250;"), match(p, "key500;"), match(p, "key501;"))
end)
case("inside a coroutine", function()
  local co = coroutine.wrap(function() coroutine.yield(match(C(2), "ab")) return match(Cmt(1, function(_, i) return i, "r" end), "q") end)
  out(co(), co())
end)
case("yield in a match-time capture", function()
  out(coroutine.resume(coroutine.create(function() return match(Cmt(1, function(_, i) return coroutine.yield(i) end), "q") end)))
end)

results("re simple", re.match, "hello world", "{%a+} ' '? {%a*}")
results("re find", re.find, "  abc", "%a+")
results("re gsub", re.gsub, "hello", "[aeiou]", "<%0>")
results("re table", re.match, "a=1,b=2", "{| {:k: %a :} '=' {%d} (',' %a '=' {%d})* |}")
results("re named back reference", re.match, "==[x]==", "{:eq: '='* :} '[' {%a} ']' =eq")
results("re grammar", re.match, "((a)b)", [[ S <- '(' (S / [ab])* ')' ]])
results("re substitution", re.match, "one two", "{~ (%s -> '_' / .)* ~}")
results("re definitions", re.match, "12", "%d+ -> num", 1)
results("re with function", function() return re.compile("{%d+} -> num !.", { num = tonumber }):match("42") end)
results("re fold", function() return re.compile("(%d -> num) (%d -> num)* ~> add", { num = tonumber, add = function(a, b) return a + b end }):match("1234") end)
results("re match time", function() return re.compile("{%d+} => odd", { odd = function(_, i, d) return d % 2 == 1 and i, d end }):match("35") end)
results("re syntax error", re.compile, "a ( b")
results("re undefined name", re.compile, "%nowhere")
results("re rule defined twice", re.compile, "A <- 'a' A <- 'b'")
results("re position", re.match, "aab", "'a'* {} .")
results("re and-not", re.match, "ab", "&'a' !'b' {.}")
results("re repetition count", re.match, "aaaa", "{'a'^3} {'a'^-2} {'a'^+0}")
case("re comments grammar", function()
  local p = re.compile([[
    list   <- {| ws (entry (ws ',' ws entry)*)? ws |} !.
    entry  <- {| {:key: name :} ws '=' ws {:value: value :} |}
    value  <- number / string
    number <- ('-'? [0-9]+) -> tonumber
    string <- '"' {[^"]*} '"'
    name   <- [a-z_]+
    ws     <- %s*
  ]], { tonumber = tonumber })
  out(p:match('a = 1, b_c = "text" , d=-7'))
  out(p:match("a = "))
end)
