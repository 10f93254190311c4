-- Writes random Lua programs, each of which terminates and prints what it computes.
--
--   generate.lua SEED COUNT FOLDER      writes FOLDER/SEED.lua, FOLDER/SEED+1.lua, ...
--
-- A program is a list of top-level statements, one per line group, so that the shrinker can drop them one by one. The
-- numbers come from a generator of our own: the same seed gives the same program on every host.

local state
local function random(n) -- 1 .. n
  state = (state * 6364136223846793005 + 1442695040888963407)
  return (state >> 33) % n + 1
end
local function pick(list) return list[random(#list)] end
local function chance(percent) return random(100) <= percent end

local expression, block, statement

-- Names of locals in scope, by depth; `loops` says whether `break` is possible, `varargs` whether `...` is.
local scope, loops, varargs, labels, fuel

local INTEGERS = { "0", "1", "-1", "2", "3", "7", "10", "127", "128", "255", "256", "-128", "65536", "0x7fffffff", "1 << 62",
  "math.maxinteger", "math.mininteger", "math.maxinteger - 1", "-3", "63", "64" }
local FLOATS = { "0.0", "-0.0", "0.5", "1.0", "-1.5", "2.0", "3.25", "1e15", "1e16", "1e100", "2^53", "2^63", "-2^63", "1e308",
  "math.huge", "-math.huge", "5e-324", "0.1", "100.0" }
local STRINGS = { "''", "'a'", "'abc'", "'10'", "'0x10'", "'1e1'", "' 5 '", "'x\\0y'", "'hello world'", "('ab'):rep(30)", "'1.5'",
  "'%d'", "'key'", "'\\xff'", "'-7'" }
local BINARY = { "+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or" }
local UNARY = { "- ", "not ", "#", "~" }
local FIELDS = { "x", "y", "z", "n", "f" }

local function name()
  local n = #scope
  if n == 0 then return "g" .. random(3) end
  return chance(10) and "g" .. random(3) or scope[n - random(math.min(n, 8)) + 1]
end

local function new_name()
  fuel.names = fuel.names + 1
  return "v" .. fuel.names
end

local function list(n, f)
  local out = {}
  for i = 1, n do out[i] = f() end
  return table.concat(out, ", ")
end

local function function_body(depth)
  local outer_scope, outer_loops, outer_varargs, outer_labels = #scope, loops, varargs, labels
  loops, labels = 0, {}
  local params = {}
  for i = 1, random(4) - 1 do params[i] = new_name() end
  for _, p in ipairs(params) do scope[#scope + 1] = p end
  varargs = chance(40)
  if varargs then params[#params + 1] = "..." end
  local body = block(depth - 1, random(3))
  local tail = chance(80) and "return " .. list(random(3), function() return expression(depth - 1) end) .. " " or ""
  if chance(10) then tail = "return tick(" .. name() .. ", " .. (varargs and "..." or "1") .. ") " end
  for i = #scope, outer_scope + 1, -1 do scope[i] = nil end
  loops, varargs, labels = outer_loops, outer_varargs, outer_labels
  return "(" .. table.concat(params, ", ") .. ") spend() " .. body .. " " .. tail .. "end"
end

-- What `f(...)` generates for the body of a function without varargs.
local function inside(f, ...)
  local outer_varargs, outer_loops = varargs, loops
  varargs, loops = false, 0
  local text = f(...)
  varargs, loops = outer_varargs, outer_loops
  return text
end

local function constructor(depth)
  return "{ " .. list(random(5) - 1, function()
    local k = random(5)
    if k == 1 then return pick(FIELDS) .. " = " .. expression(depth - 1) end
    if k == 2 then return "[" .. pick { "1", "2", "3", "'k'", "2.0", "true", "-1" } .. "] = " .. expression(depth - 1) end
    return expression(depth - 1)
  end) .. " }"
end

local CALLS = {
  -- Without addresses: what is found in them is by chance.
  function(d) return "(tostring(" .. expression(d) .. "):gsub('0x%x+', '0x'))" end,
  function(d) return "show(" .. expression(d) .. ")" end,
  function(d) return "tonumber(" .. expression(d) .. ")" end,
  function(d) return "math.type(" .. expression(d) .. ")" end,
  function(d) return "type(" .. expression(d) .. ")" end,
  function(d) return "select('#', " .. list(random(3), function() return expression(d) end) .. ")" end,
  function(d) return "select(" .. pick { "1", "2", "-1" } .. ", " .. list(2, function() return expression(d) end) .. ")" end,
  function(d) return "pcall(" .. name() .. ", " .. expression(d) .. ")" end,
  function(d) return "xpcall(" .. name() .. ", " .. pick { "show", "text", name() } .. ", " .. expression(d) .. ")" end,
  function(d) return "try(function() return " .. inside(expression, d) .. " end)" end,
  function(d) return "pcall(function" .. function_body(d) .. ", " .. expression(d) .. ")" end,
  function(d) return "(" .. name() .. ")(" .. list(random(3) - 1, function() return expression(d) end) .. ")" end,
  function(d) return "tick(" .. name() .. ", " .. expression(d) .. ")" end,
  function(d) return "text(" .. expression(d) .. "):sub(" .. pick(INTEGERS) .. ", " .. pick(INTEGERS) .. ")" end,
  function(d) return "text(" .. expression(d) .. "):" .. pick { "upper()", "reverse()", "len()", "byte(1, 3)", "find('a')", "gsub('%w', '<%0>', 3)",
    "match('(%a)(%d*)')", "rep(2)", "gsub('.', { a = 1, b = false })", "find('b', 1, true)" } end,
  function(d) return ("string.format('%s', show(%s))"):format(pick { "%s", "%5s", "%-5s|", "%q", "%.2s" }, expression(d)) end,
  function(d) return "try(string.format, '" .. pick { "%d", "%x", "%g", "%5.1f", "%c", "%i", "%a", "%e" } .. "', " .. expression(d) .. ")" end,
  function(d) return "math." .. pick { "floor", "ceil", "abs", "tointeger" } .. "(" .. expression(d) .. ")" end,
  function(d) return "math." .. pick { "max", "min", "fmod", "ult" } .. "(" .. expression(d) .. ", " .. expression(d) .. ")" end,
  function(d) return "table.concat({ " .. list(random(3), function() return expression(d) end) .. " }, ',')" end,
  function(d) return "table.unpack({ " .. list(random(3), function() return expression(d) end) .. " }, 1, " .. random(4) .. ")" end,
  function(d) return "object(" .. expression(d) .. ")" end,
  function(d) return "run(coroutine.create(function" .. function_body(d) .. "), " .. expression(d) .. ")" end,
  function(d) return "assert(" .. list(random(2), function() return expression(d) end) .. ")" end,
  function(d) return "rawset(" .. constructor(d) .. ", " .. expression(d) .. ", " .. expression(d) .. ")" end,
  function(d) return "table.remove(" .. constructor(d) .. pick { "", "", ", 1" } .. ")" end,
  function(d) return "math.random(" .. pick { "", "5", "2, 4", "0", expression(d) } .. ")" end,
  -- Not `atan`: it is `atan2`, too, and tracebacks take one of the names.
  function(d) return "math." .. pick { "sin", "log", "sqrt", "cos" } .. "(" .. expression(d) .. ")" end,
  function(d) return "text(" .. expression(d) .. "):byte(" .. pick { "1", "-1", "1, 2", "2, 3" } .. ")" end,
  function(d) return "rawequal(" .. expression(d) .. ", " .. expression(d) .. ")" end,
  function(d) return "rawlen(" .. constructor(d) .. ")" end,
  -- Only of lists: the order of other keys depends on addresses and seeds.
  function(d) return "next({ " .. list(random(2), function() return "(" .. expression(d) .. ")" end) .. " })" end,
  function(d) return "setmetatable(" .. constructor(d) .. ", { __index = function" .. function_body(d) .. " })" end,
  -- Functions that C functions call, often enough to be compiled.
  function(d) return "try(string.gsub, ('ab1'):rep(" .. pick { "3", "15" } .. "), '%w', function" .. function_body(d) .. ")" end,
  function(d) return "try(function() local t = list(" .. pick { "5", "60" } .. ") table.sort(t, function(a, b) local c, e = a % 7, b % 7 "
    .. "if c ~= e then return c < e end " .. (chance(30) and "spend() " or "") .. "return a < b end) return #t, t[1], t[#t], " .. inside(expression, d) .. " end)" end,
  function(d) return "try(string.char, " .. list(random(3), function() return expression(d) end) .. ")" end,
  function(d) return "load('local a, b = ... return a " .. pick(BINARY) .. " b')(" .. expression(d) .. ", " .. expression(d) .. ")" end,
}

function expression(depth)
  local kind = random(depth <= 0 and 7 or 20)
  if kind <= 2 then return name() end
  if kind == 3 then return pick(INTEGERS) end
  if kind == 4 then return pick(FLOATS) end
  if kind == 5 then return pick(STRINGS) end
  if kind == 6 then return pick { "nil", "true", "false", name() } end
  if kind == 7 then return varargs and chance(60) and (chance(50) and "..." or "(...)") or "(" .. name() .. ")" end
  if kind <= 11 then return "(" .. expression(depth - 1) .. " " .. pick(BINARY) .. " " .. expression(depth - 1) .. ")" end
  if kind == 12 then return "(" .. pick(UNARY) .. expression(depth - 1) .. ")" end
  if kind == 13 then return constructor(depth) end
  if kind == 14 then return "function" .. function_body(depth) end
  if kind == 15 then return name() .. "." .. pick(FIELDS) end
  if kind == 16 then return "(" .. name() .. ")[" .. expression(depth - 1) .. "]" end
  return pick(CALLS)(depth - 1)
end

local function target()
  local k = random(4)
  if k <= 2 then return name() end
  if k == 3 then return name() .. "." .. pick(FIELDS) end
  return name() .. "[" .. expression(1) .. "]"
end

-- A block in a scope of its own.
function block(depth, n)
  local mark = #scope
  local out = {}
  for i = 1, n do out[i] = statement(depth) end
  for i = #scope, mark + 1, -1 do scope[i] = nil end
  return table.concat(out, " ")
end

local function loop_block(depth)
  loops = loops + 1
  local body = block(depth - 1, random(3))
  loops = loops - 1
  return body
end

-- Small tables that are made, taken apart and passed on, and at times kept. `vectors` are the variables that hold such a table;
-- `i` counts the rounds of the loop that they are in.
local vectors

local function vector(d)
  local k = random(d <= 0 and 4 or 10)
  if k <= 2 and #vectors > 0 then return pick(vectors) end
  if k <= 3 then return "vec(" .. (chance(20) and expression(0) or pick { "i", "2", "i / 4" }) .. ", " .. pick { "i", "i * 0.5", "1.5", "'s'" } .. ")" end
  if k == 4 then return "({ " .. pick { "x = i", "x = i, y = 2", "i, 2", "i, i * 2.5, x = 1", "x = nil, i", "[2] = i, x = 4", "nil, i", "x = i, x = 7",
    "[2^53] = i, [2.0] = 1", "[true] = i", "tick(both, i, 2)", "'a', 'b', tick(both, i)", "x = 'x', 1, 2, 3, y = i, z = i" } .. " })" end
  if k == 5 then return "(" .. vector(d - 1) .. " + " .. (chance(60) and vector(d - 1) or expression(0)) .. ")" end
  if k == 6 then return "add(" .. vector(d - 1) .. ", " .. vector(d - 1) .. ")" end
  if k == 7 then return "(-" .. vector(d - 1) .. ")" end
  if k == 8 then return "({ " .. pick(FIELDS) .. " = " .. vector(d - 1) .. ", " .. vector(d - 1) .. " })" end
  if k == 9 then return "vec(i, " .. vector(d - 1) .. "):scaled(" .. pick { "2", "i", "0.5", "'q'" } .. ")" end
  return "(" .. vector(d - 1) .. " or " .. vector(d - 1) .. ")"
end

local VECTOR_STATEMENTS = {
  function(d)
    local value, n = vector(d), new_name()
    vectors[#vectors + 1] = n
    return "local " .. n .. " = " .. value
  end,
  function(d) return pick(vectors) .. " = " .. vector(d) end,
  function(d) return pick(vectors) .. "." .. pick(FIELDS) .. " = " .. (chance(30) and vector(d - 1) or pick { "i", "nil", "i + 0.5", "'s'", expression(1) }) end,
  function(d) return pick(vectors) .. "[" .. pick { "1", "2", "3", "i", "2.0", "'x'", "#kept", "true" } .. "] = " .. pick { "i", "nil", vector(d - 1) } end,
  function(d) return "sum = sum + number(" .. vector(d) .. "." .. pick { "x", "y", "n" } .. ")" end,
  function(d) return "sum = sum + number(" .. vector(d) .. "[" .. pick { "1", "2", "'x'", "i" } .. "])" end,
  function(d) return "sum = sum + number(#" .. vector(d) .. ")" end,
  function(d) return "if i % " .. random(5) .. " == 0 then kept[#kept + 1] = " .. vector(d) .. " end" end,
  function(d) return "if i == " .. random(12) .. " then print(dump(" .. vector(d) .. ")) end" end,
  function(d) return "setmetatable(" .. vector(d) .. ", " .. pick { "V", "W", "nil", "G", "{ __index = V }", "{}" } .. ")" end,
  function(d) return "if getmetatable(" .. vector(d) .. ") == V then sum = sum + 1 end" end,
  function(d) return "if " .. vector(d) .. pick { " == ", " ~= ", chance(20) and " < " or " == " } .. vector(d) .. " then sum = sum + 1 end" end,
  function(d) return "if rawequal(" .. vector(d) .. ", " .. vector(d) .. ") then sum = sum + 1 end" end,
  function(d) return "sum = sum + number(rawget(" .. vector(d) .. ", 'x')) + rawlen(" .. vector(d) .. ")" end,
  function(d) return "do local x, y = table.unpack(" .. vector(d) .. ") sum = sum + number(y) end" end,
  function(d) return "sum = sum + number(table.remove(" .. vector(d) .. "))" end,
  function(d) return "assert(" .. vector(d) .. ", 'never')" end,
  function(d) return "rawset(" .. vector(d) .. ", " .. pick { "'x'", "1", "i", "2.0", "'y'" } .. ", " .. pick { "i", "1.5", vector(d - 1) } .. ")" end,
  function(d) return "sum = sum + math.random(" .. pick { "3", "i, i + 5" } .. ") + math.random()" end,
  function(d) return "if pcall(function() local n = math.random(4) if n > 3 then " .. pick(vectors) .. ".x = n end return n + " .. inside(expression, 1) .. " end) then sum = sum + 1 end" end,
  function(d) return "do local s = ('abcdef'):sub(i % 7, i % 7) sum = sum + #s + (s:byte() or 0) + string.char(97 + i % 26):byte() end" end,
  function(d) return "do local a, b = ('abcdef'):byte(i % 5, i % 5 + 1) sum = sum + number(a) + number(b) end" end,
  function(d) return "for j = " .. pick { "1", "1.0", "i" } .. ", " .. pick { "2.5", "i / 2", "3", "3.0" } .. " do " .. pick(vectors) .. "[j] = j if j > " .. pick { "1.5", "2" } .. " then sum = sum + j end end" end,
  function(d) return "for k, v in " .. pick { "ipairs", "sorted" } .. "(" .. vector(d) .. ") do sum = sum + number(v) end" end,
  function(d) return "do local ok, v = pcall(function() return " .. inside(vector, d) .. " + " .. inside(expression, 1) .. " end) if ok then sum = sum + number(v) end end" end,
  function(d) return "do local ok, v = pcall(add, " .. vector(d) .. ", " .. vector(d) .. ") if ok then sum = sum + number(v.x) end end" end,
  function(d) return "do local ok, v = xpcall(add, " .. pick { "show", "type" } .. ", " .. vector(d) .. ", " .. vector(d) .. ") if ok then sum = sum + number(v.x) end end" end,
  function(d) return "local up = function() " .. pick(vectors) .. ".x = i return " .. pick(vectors) .. " end if i % 3 == 0 then sum = sum + number(up().x) end" end,
  function(d) return "sum = sum + number(tick(both, " .. vector(d) .. ", 1).x)" end,
  function(d) return "if i == " .. random(12) .. " then " .. pick { "collectgarbage()", "collectgarbage('step')", "print(locals())", "kept = {}" } .. " end" end,
  function(d) return "if coroutine.isyieldable() and i % 4 == 1 then coroutine.yield(dump(" .. vector(d) .. ")) end" end,
  function(d) return "if i % " .. random(6) .. " == 0 then " .. pick(vectors) .. " = " .. vector(d) .. " else sum = sum + i end" end,
  function(d) return "for j = 1, " .. random(3) .. " do " .. pick(vectors) .. " = " .. vector(d) .. " sum = sum + j end" end,
  function(d) return "if i > " .. random(14) .. " then sum = sum .. '' + 0 end" end,
  function(d) return "V." .. pick { "y", "z", "f" } .. " = " .. pick { "i", "nil", "both" } end,
  function(d) return pick(vectors) .. " = descend(" .. vector(d) .. ", " .. random(4) .. ")" end,
}

local function vector_loop(d)
  local outer_vectors, mark = vectors, #scope
  local a, b = new_name(), new_name()
  vectors = {}
  local head = "local i, sum, kept = 0, 0, {} local " .. a .. ", " .. b .. " = " .. vector(1) .. ", " .. vector(1) .. " "
  vectors = { a, b }
  local body = {}
  for n = 1, 1 + random(6) do body[n] = pick(VECTOR_STATEMENTS)(d) end
  local after = "print(show(sum, dump(" .. a .. "), dump(" .. b .. "), dump(kept)))"
  vectors = outer_vectors
  for n = #scope, mark + 1, -1 do scope[n] = nil end
  local loop = "for r = 1, " .. pick { "7", "14", "30" } .. " do i = r " .. table.concat(body, " ") .. " end " .. after
  if chance(20) then return "print(run(coroutine.create(function() " .. head .. loop .. " end)))" end
  return "do " .. head .. loop .. " end"
end

-- Loops in which strings grow: variables that get what they are and more, and what looks at them on the way.
local texts = {}

local function piece()
  return pick { "'x'", "''", "i", "i / 2", "'piece ' .. i", "-i", "text(sum)", pick(texts), "('%d'):format(i)", "text(" .. expression(1) .. ")" }
end

local function growth()
  local t = pick(texts)
  return t .. " = " .. t .. " .. " .. piece() .. (chance(40) and " .. " .. piece() or "")
end

local TEXT_STATEMENTS = {
  growth, growth, growth, growth,
  function() return pick(texts) .. " = " .. pick(texts) .. " .. " .. piece() end,
  function() return pick(texts) .. " = " .. piece() .. " .. " .. pick(texts) end,
  function() return pick(texts) .. " = " .. pick(texts) end,
  function() return "sum = sum + #" .. pick(texts) end,
  function() return "if i % " .. random(6) .. " == 0 then kept[#kept + 1] = " .. pick(texts) .. " end" end,
  function() return "if i % " .. random(6) .. " == 0 then " .. growth() .. " else " .. growth() .. " end" end,
  function() return "if #" .. pick(texts) .. " > " .. random(90) .. " then " .. pick(texts) .. " = " .. pick { "''", "'start'", "nil .. ''", "i" } .. " end" end,
  function() return "if " .. pick(texts) .. pick { " == ", " ~= ", " < ", " <= " } .. pick(texts) .. " then sum = sum + 1 end" end,
  function() return "sum = sum + (" .. pick(texts) .. " .. 'z'):byte(" .. pick { "1", "-1", "i" } .. ")" end,
  function() return pick(texts) .. " = " .. pick(texts) .. ":sub(" .. pick(INTEGERS) .. ", " .. pick(INTEGERS) .. ")" end,
  function() return "for j = 1, " .. random(4) .. " do local t = " .. pick(texts) .. " t = t .. j " .. pick(texts) .. " = t sum = sum + #t end" end,
  function() return "do local old = " .. pick(texts) .. " " .. growth() .. " if i % 4 == 0 then kept[#kept + 1] = old end end" end,
  function() return "kept[" .. pick(texts) .. "] = i" end,
  function() return "local up = function() return " .. pick(texts) .. " end if i % 3 == 0 then sum = sum + #up() end" end,
  function() return "do local ok, v = pcall(function() return " .. pick(texts) .. " .. " .. inside(expression, 1) .. " end) if ok then sum = sum + #text(v) end end" end,
  function() return "sum = sum + number(tick(" .. name() .. ", " .. pick(texts) .. "))" end,
  function() return "if i == " .. random(12) .. " then " .. pick { "collectgarbage()", "collectgarbage('step')", "print(locals())", "kept = {}" } .. " end" end,
  function() return "if coroutine.isyieldable() and i % 4 == 1 then coroutine.yield(" .. pick(texts) .. ") end" end,
}

local function text_loop()
  local outer_texts, a, b = texts, new_name(), new_name()
  texts = { a, b }
  local head = "local i, sum, kept = 0, 0, {} local " .. a .. ", " .. b .. " = '', " .. pick { "''", "'b'", "7" } .. " "
  local body = {}
  for n = 1, 1 + random(5) do body[n] = pick(TEXT_STATEMENTS)() end
  local short = "if #" .. a .. " > 500 then " .. a .. " = '' end if #text(" .. b .. ") > 500 then " .. b .. " = 'b' end "
  texts = outer_texts
  local loop = "for r = 1, " .. pick { "7", "14", "30" } .. " do i = r " .. short .. table.concat(body, " ") .. " end "
    .. "print(show(sum, " .. a .. ", " .. b .. ", dump(kept)))"
  if chance(20) then return "print(run(coroutine.create(function() " .. head .. loop .. " end)))" end
  return "do " .. head .. loop .. " end"
end

-- Loops of branches that compute with a few variables: integers, floats, now and then a string or what fails.
local function branch_loop()
  local names = { new_name(), new_name(), new_name() }
  local CONSTANTS = { "0", "1", "-1", "3", "0.5", "2.0", "-0.0", "7", "64", "1e15", "(0/0)", "math.maxinteger" }
  -- Elements and fields of a table, or of two that may be the same one.
  local tables = chance(50) and { new_name(), new_name() }
  local function place() return pick(tables) .. pick { "[1]", "[2]", ".x", ".y", "[i]", "[3]", "[" .. pick(names) .. "]", "[i + 1]" } end
  local function operand()
    if tables and chance(30) then return place() end
    return chance(60) and pick(names) or chance(50) and "i" or pick(CONSTANTS)
  end
  local function computed()
    return pick {
      function() return operand() end,
      function() return operand() .. pick { " + ", " - ", " * ", " + ", " - " } .. operand() end,
      function() return pick { "-", "" } .. operand() end,
      function() return operand() .. pick { " % 4", " // 8", " % 3", " / 2", " // 2.0", " % 1" } end,
      function() return pick { "i", "i", pick(names) } .. pick { " & 7", " << 3", " >> 1", " ~ 5", " | 1" } end,
      function() return "(" .. operand() .. pick { " < ", " > ", " == " } .. operand() .. " and " .. operand() .. " or " .. operand() .. ")" end,
    }()
  end
  local function condition()
    local one = operand() .. pick { " < ", " <= ", " > ", " >= ", " == ", " ~= " } .. operand()
    if chance(25) then return one .. pick { " and ", " or " } .. operand() .. pick { " < ", " >= " } .. operand() end
    return one
  end
  local function assignment()
    if tables and chance(35) then return place() .. " = " .. (chance(60) and pick(names) or computed()) end
    return pick(names) .. " = " .. computed()
  end
  local function branch(d)
    local way = function() return d > 0 and chance(30) and branch(d - 1) or assignment() .. (chance(30) and " " .. assignment() or "") end
    return "if " .. condition() .. " then " .. way() .. (chance(50) and " else " .. way() or "") .. " end"
  end
  local body = {}
  for n = 1, 1 + random(4) do body[n] = chance(70) and branch(2) or assignment() end
  if chance(15) then body[#body + 1] = "if i == " .. random(30) .. " then " .. pick(names) .. " = " .. pick { "'7'", "'x'", "nil", "2.5", "{}" } .. " end" end
  if chance(15) then body[#body + 1] = "if i % 4 == 0 then fs[#fs + 1] = function() " .. assignment() .. " return " .. pick(names) .. " end end" end
  if chance(10) then body[#body + 1] = "if i % 8 == 0 then print(show(" .. pick(names) .. ")) end" end
  local all, made, shown = table.concat(names, ", "), "", ""
  if tables then
    local one = "local " .. tables[1] .. " = { " .. pick { "1, 2, 3", "1, 2.5, 3", "0.5, 1.5, 2.5", "1" } .. ", x = 1, y = " .. pick { "0.5", "2", "'a'" } .. " } "
    if chance(60) then one = one .. "for n = 4, " .. pick { "12", "45" } .. " do " .. tables[1] .. "[n] = n " .. pick { "", "* 0.5 " } .. "end " end
    made = one .. "local " .. tables[2] .. " = " .. (chance(40) and tables[1] or "{ 3, 2, 1, x = 0, y = 1.5 }") .. " "
    for _, t in ipairs(tables) do
      shown = shown .. " print(#" .. t .. ", show(" .. t .. ".x, " .. t .. ".y, table.unpack(" .. t .. ")))"
    end
  end
  return "do local fs = {} " .. made .. "local " .. all .. " = " .. pick { "0, 1, 2", "0.0, 1, 2.5", "0, 0.5, 'a'", "1, 1, 1" } .. " print(show(pcall(function() for i = "
    .. pick { "1, 40", "-20, 20", "30, 1, -1", "0.0, 10, 0.5" } .. " do " .. table.concat(body, " ") .. " end end))) print(show(" .. all
    .. ")) for n = 1, #fs do print(show(pcall(fs[n]))) end" .. shown .. " end"
end

local STATEMENTS = {
  function(d) return "print(show(" .. list(random(3), function() return expression(d) end) .. "))" end,
  function(d)
    local values = list(random(2), function() return expression(d) end)
    local n = new_name()
    scope[#scope + 1] = n
    return "local " .. n .. " = " .. values
  end,
  function(d)
    local value = expression(d)
    local n, m = new_name(), new_name()
    scope[#scope + 1], scope[#scope + 2] = n, m
    return "local " .. n .. ", " .. m .. " = " .. value
  end,
  -- Single names as targets only: a constant that is assigned to would be a syntax error.
  function(d) return ";(function() local t = " .. inside(expression, d) .. " t." .. pick(FIELDS) .. " = " .. inside(expression, d) .. " end)()" end,
  function(d) return "do local ok, m = pcall(function() " .. inside(target) .. " = " .. inside(expression, d) .. " end) if not ok then print(show(m)) end end" end,
  function(d) return name() .. " = " .. expression(d) end,
  function(d) return target() .. ", " .. name() .. " = " .. expression(d) .. ", " .. expression(d) end,
  function(d) return "if " .. expression(d) .. " then " .. block(d - 1, random(2)) .. " else " .. block(d - 1, random(2)) .. " end" end,
  function(d)
    local n = new_name()
    local head = "for " .. n .. " = " .. pick { "1, 3", "3, 1, -1", "1.0, 2, 0.5", "0, 0", "math.maxinteger - 1, math.maxinteger",
      "1, 0", "-1, 1", "1, 2.5", "math.mininteger, math.mininteger + 2" } .. " do spend() "
    scope[#scope + 1] = n
    local body = loop_block(d)
    scope[#scope] = nil
    return head .. body .. " end"
  end,
  function(d)
    local k, v = new_name(), new_name()
    local head = "for " .. k .. ", " .. v .. " in " .. pick { "ipairs", "sorted" } .. "(" .. constructor(d - 1) .. ") do spend() "
    scope[#scope + 1], scope[#scope + 2] = k, v
    local body = loop_block(d)
    scope[#scope], scope[#scope - 1] = nil, nil
    return head .. body .. " end"
  end,
  function(d)
    local n = new_name()
    return "do local " .. n .. " = 0 while " .. n .. " < " .. random(4) .. " do spend() " .. n .. " = " .. n .. " + 1 " .. loop_block(d) .. " end end"
  end,
  function(d)
    local n = new_name()
    return "do local " .. n .. " = 0 repeat spend() " .. n .. " = " .. n .. " + 1 " .. block(d - 1, 2) .. " until " .. n .. " > " .. random(3) .. " end"
  end,
  function(d)
    local n = new_name()
    scope[#scope + 1] = n
    return "local function " .. n .. function_body(d)
  end,
  -- A function that calls itself, a few times in a loop.
  function(d)
    local f, k, v = new_name(), new_name(), new_name()
    local function call() return f .. "(" .. k .. " - " .. random(2) .. ", " .. expression(d - 1) .. ")" end
    local head = "local function " .. f .. "(" .. k .. ", " .. v .. ") spend() if " .. k .. " <= 0 then return "
    local outer_varargs, outer_loops = varargs, loops
    varargs, loops = false, 0
    scope[#scope + 1], scope[#scope + 2] = k, v
    local body = list(random(2), function() return expression(d - 1) end) .. " end " .. block(d - 1, random(2))
    local result = new_name()
    body = body .. " local " .. result .. " = " .. call()
    scope[#scope + 1] = result
    body = body .. " " .. block(d - 1, random(2)) .. " return "
    body = body .. pick { expression(d - 1), result .. ", " .. call(), call(), "(" .. call() .. ")", "{ " .. call() .. " }" }
    for _ = 1, 3 do scope[#scope] = nil end
    varargs, loops = outer_varargs, outer_loops
    return head .. body .. " end for i = 1, 12 do print(show(" .. f .. "(i % 4, " .. expression(d - 1) .. "))) end"
  end,
  function(d)
    local n = new_name()
    return "do local " .. n .. " <close> = closer('" .. n .. "', " .. expression(d - 1) .. ") " .. block(d - 1, random(3)) .. " end"
  end,
  function(d)
    local n = new_name()
    return "do local " .. n .. " <const> = " .. expression(d - 1) .. " print(show(" .. n .. ", " .. expression(d - 1) .. ")) end"
  end,
  function(d)
    local label = new_name()
    return "do if " .. expression(d - 1) .. " then goto " .. label .. " end " .. "do " .. block(d - 1, 2) .. " end ::" .. label .. ":: end"
  end,
  function(d)
    local label, n = new_name(), new_name()
    return "do local " .. n .. " = 0 ::" .. label .. ":: spend() " .. n .. " = " .. n .. " + 1 do " .. block(d - 1, 2) .. " end if " .. n .. " < " .. random(3)
      .. " then goto " .. label .. " end end"
  end,
  function(d) return "print(try(function" .. function_body(d) .. ", " .. expression(d - 1) .. "))" end,
  function(d) return "print(run(coroutine.create(function" .. function_body(d) .. "), " .. expression(d - 1) .. "))" end,
  function(d) return "if coroutine.isyieldable() then print('resumed', show(coroutine.yield(" .. expression(d - 1) .. "))) end" end,
  function(d) return "for w in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) spend() end end) do " .. loop_block(d) .. " end" end,
  function(d) return loops > 0 and "if " .. expression(d - 1) .. " then break end" or "print('flat')" end,
  function(d) return chance(15) and "error(" .. expression(d - 1) .. ")" or "print(try(error, " .. expression(d - 1) .. "))" end,
  function(d) return "print(show(table.pack(" .. list(2, function() return expression(d - 1) end) .. ").n))" end,
  function(d)
    local outer_varargs, outer_loops = varargs, loops
    varargs, loops = false, 0
    local text = pick { vector_loop, text_loop, branch_loop }(2)
    varargs, loops = outer_varargs, outer_loops
    return text
  end,
}

function statement(depth)
  fuel.statements = fuel.statements - 1
  if fuel.statements <= 0 or depth <= 0 then return "print(show(" .. expression(0) .. "))" end
  return pick(STATEMENTS)(depth)
end

-- A statement of the main chunk. Most of them catch their errors, so that the others run.
local function top_level()
  if chance(4) then return statement(3) end
  varargs = true
  if chance(25) then return "value(function(...) " .. inside(pick { vector_loop, vector_loop, text_loop, branch_loop, branch_loop }, 2) .. " end)" end
  if chance(40) then
    local n, value = new_name(), expression(4)
    local attribute = chance(10) and " <const>" or ""
    if attribute == "" then scope[#scope + 1] = n end
    return "local " .. n .. attribute .. " = value(function(...) return " .. value .. " end, 1, 'two', nil)"
  end
  return "value(function(...) " .. block(4, random(3)) .. " end, 1, 'two', nil)"
end

local PRELUDE = [=[
math.randomseed(7)
local steps = 0
local function spend() steps = steps + 1 if steps > 400 then print("out of steps") os.exit(7) end end
local function show(...)
  local out = {}
  for i = 1, select("#", ...) do
    local v = (select(i, ...))
    local t = type(v)
    out[i] = t == "string" and ("%q"):format(v:sub(1, 200)) or (t == "number" or t == "nil" or t == "boolean") and tostring(v):gsub("^-nan$", "nan") or t
  end
  return table.concat(out, " ")
end
local function text(v) return type(v) == "string" and v or tostring(show(v)) end
local function try(f, ...) spend() return show(pcall(f, ...)) end
local function tick(f, ...) spend() return f(...) end
local function value(f, ...)
  steps = 0
  local results = table.pack(pcall(f, ...))
  if not results[1] then print("failed:", show(results[2])) return "failed" end
  return table.unpack(results, 2, results.n)
end
local function run(co, ...)
  local out = {}
  for i = 1, 5 do
    spend()
    out[i] = show(coroutine.resume(co, i == 1 and ... or i))
    if coroutine.status(co) == "dead" then break end
  end
  return table.concat(out, "; "), coroutine.status(co), show(coroutine.close(co))
end
local function closer(n, v) return setmetatable({}, { __close = function(_, e) print("close", n, show(e)) if v == true then error(n) end end }) end
local function list(n) local t = {} for i = 1, n do t[i] = i * 37 % 101 end return t end
local function sorted(t)
  local keys = {}
  for k in pairs(t) do if type(k) == "string" then keys[#keys + 1] = k end end
  table.sort(keys)
  local i = 0
  return function() i = i + 1 return keys[i], t[keys[i]] end
end
local meta = { __name = "Object" }
for _, e in ipairs { "add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot", "concat", "len", "lt", "le", "call" } do
  meta["__" .. e] = function(a, b) spend() return e .. "(" .. show(a, b) .. ")" end
end
meta.__eq = function(a, b) spend() return a.v == b.v end
meta.__index = function(t, k) spend() return k end
local function object(v) return setmetatable({ v = v }, meta) end
local function number(v) return math.type(v) == "integer" and v % 1000 or v == v and type(v) == "number" and v < 1e9 and v > -1e9 and v or 1 end
local function dump(v, depth)
  if type(v) ~= "table" then return show(v) end
  if (depth or 0) > 3 then return "..." end
  local out = {}
  for n = -1, 8 do
    local x = rawget(v, n)
    if x ~= nil then out[#out + 1] = n .. "=" .. dump(x, (depth or 0) + 1) end
  end
  for _, k in ipairs { "f", "n", "x", "y", "z", true, 2^53 | 0 } do
    local x = rawget(v, k)
    if x ~= nil then out[#out + 1] = tostring(k) .. "=" .. dump(x, (depth or 0) + 1) end
  end
  return "{" .. table.concat(out, " ") .. "}" .. (getmetatable(v) and "*" or "") .. rawlen(v)
end
local function locals()
  local out = {}
  for n = 1, 200 do
    local k, v = debug.getlocal(2, n)
    if not k then break end
    if type(v) == "table" and k:sub(1, 1) == "v" then out[#out + 1] = dump(v) if rawget(v, "x") == 2 then v.x = 3 end end
  end
  return table.concat(out, " ")
end
local V = {}
V.__index = V
local W = setmetatable({ __index = function(t, k) return k == "x" and 5 or nil end, __newindex = function(t, k, v) rawset(t, k, v) end,
  __len = function() return 4 end, __eq = function(a, b) return a.x == b.x end, __lt = function() return true end }, V)
local G = { __gc = function() end, __mode = "k" }
local function vec(x, y) return setmetatable({ x = x, y = y }, V) end
local function both(...) return ... end
local function field(v) return type(v) == "table" and number(rawget(v, "x")) or number(v) end
local function add(a, b) return vec(field(a) + field(b), { a.y, b }) end
V.__add = function(a, b) return vec(field(a) + field(b), b) end
V.__unm = function(a) return { x = -field(a), n = a } end
V.__eq = function(a, b) return field(a) == field(b) end
function V:scaled(k) return vec(field(self) * number(k), self.y) end
local function descend(v, n) if n == 0 then return v end return descend({ x = n, n = v }, n - 1) end
g1, g2, g3 = 1, "two", { x = 3 }
]=]

local seed, count, folder = tonumber(arg[1]), tonumber(arg[2]), arg[3]
for s = seed, seed + count - 1 do
  state = s * 2654435761 + 12345
  for _ = 1, 3 do random(2) end
  scope, loops, varargs, labels, fuel = {}, 0, true, {}, { statements = 60, names = 0 }
  local lines = {}
  for i = 1, 8 + random(12) do lines[i] = top_level() end
  local out = assert(io.open(folder .. "/" .. s .. ".lua", "w"))
  out:write(PRELUDE, table.concat(lines, "\n"), "\n")
  out:close()
end
