-- Runs as mle starts without a terminal: edits a buffer, writes what it saw.
dofile(os.getenv("REAL") .. "/used.lua")
local log = assert(io.open("log", "w"))
local function show(v)
  if type(v) ~= "table" then return (tostring(v):gsub("0?x?%x%x%x%x%x%x%x%x%x+", "ADDRESS")) end
  local keys, parts = {}, {}
  for k in pairs(v) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, k in ipairs(keys) do parts[i] = tostring(k) .. "=" .. show(v[k]) end
  return "{" .. table.concat(parts, ", ") .. "}"
end
local function case(name, f, ...)
  local r = table.pack(pcall(f, ...))
  for i = 1, r.n do r[i] = show(r[i]) end
  log:write("# ", name, "\n", table.concat(r, " | "), "\n")
  log:flush()
end
local names = {}
for k, v in pairs(mle) do if type(v) == "function" then names[#names + 1] = k end end
table.sort(names)
case("functions", function() return #names, table.concat(names, " ") end)
local b = mle.buffer_new().rv
local function text() return mle.buffer_get(b).ret_data end
case("set", function() return mle.buffer_set(b, "hello world\nline 2\n(a [b] c)\n", 29), text() end)
case("insert", function() return mle.buffer_insert(b, 5, " there", 6), text() end)
case("insert behind the end", mle.buffer_insert, b, 5000, "x", 1)
case("delete", function() return mle.buffer_delete(b, 0, 6), text() end)
case("replace", function() return mle.buffer_replace(b, 0, 5, "THERE", 5), text() end)
case("substring", function() return mle.buffer_substr(b, mle.buffer_get_bline(b, 0).ret_bline, 1, mle.buffer_get_bline(b, 1).ret_bline, 3) end)
case("line out of range", mle.buffer_get_bline, b, 99)
case("offset", mle.buffer_get_offset, b, mle.buffer_get_bline(b, 1).ret_bline, 2)
case("undo", function() return mle.buffer_undo(b), text() end)
case("undo again", function() return mle.buffer_undo(b), text() end)
case("redo", function() return mle.buffer_redo(b), text() end)
local mark = mle.buffer_add_mark(b, mle.buffer_get_bline(b, 0).ret_bline, 0).rv
for _, step in ipairs({
  { "mark_insert_before", "before ", 7 }, { "mark_insert_after", "after ", 6 }, { "mark_move_eol" }, { "mark_get_offset" }, { "mark_move_bol" }, { "mark_move_by", 3 },
  { "mark_get_char_after" }, { "mark_get_char_before" }, { "mark_delete_after", 2 }, { "mark_delete_before", 1 }, { "mark_move_next_str", "line", 4 }, { "mark_get_offset" },
  { "mark_move_prev_re", "[A-Z]+", 6 }, { "mark_get_offset" }, { "mark_move_end" }, { "mark_is_at_eol" }, { "mark_move_beginning" }, { "mark_is_at_bol" },
  { "mark_find_next_re", "(b|c)", 5 }, { "mark_move_offset", 5000 }, { "mark_move_vert", 1 }, { "mark_move_col", 2 }, { "mark_move_next_re", "(unclosed", 9 }, { "mark_move_col", "x" },
}) do
  case("mark: " .. step[1] .. " " .. tostring(step[2]), function()
    local result = mle[step[1]](mark, table.unpack(step, 2))
    return result, text()
  end)
end
case("shell", function() return mle.util_shell_exec("echo hi", 5).output end)
case("many edits", function()
  for i = 1, 2000 do mle.buffer_insert(b, 0, "line " .. i .. "\n", #("line " .. i .. "\n")) end
  for _ = 1, 500 do mle.buffer_delete(b, 0, 3) end
  return #text(), text():sub(1, 40)
end)
-- Every function without arguments, with nil, and with a wrong handle: the checks of the glue, and nothing else, runs.
for _, name in ipairs(names) do
  case(name .. " without arguments", mle[name])
end
case("bad handle", mle.buffer_get, "no handle")
case("register a command", mle.editor_register_cmd, "cmd_test", function() end)
case("observe", mle.editor_register_observer, "buffer:save", function() end)
case("register without a function", mle.editor_register_cmd, "cmd_none", 5)
