-- One script behind every dynamic address of the site: the path names the action.
local r = lighty.r
local store = require("store")
local actions = {}

-- 1. answers

function actions.hello()
  r.resp_header["Content-Type"] = "text/plain"
  r.resp_body:set({ "hello ", "world\n" })
  return 200
end

function actions.echo()
  local lines = {}
  for _, name in ipairs({ "uri.path", "uri.query", "request.method", "request.protocol", "uri.scheme" }) do
    lines[#lines + 1] = name .. "=" .. tostring(r.req_attr[name])
  end
  lines[#lines + 1] = "x-test=" .. tostring(r.req_header["X-Test"])
  r.resp_body:set({ table.concat(lines, "\n"), "\n" })
  return 200
end

function actions.headers()
  local names = {}
  for k, v in pairs(r.req_header) do names[#names + 1] = k:lower() .. ": " .. v end
  table.sort(names)
  for i = #names, 1, -1 do if names[i]:match("^host") or names[i]:match("^user%-agent") then table.remove(names, i) end end
  r.resp_body:set({ table.concat(names, "\n"), "\n" })
  return 200
end

-- 2. request bodies

function actions.body()
  if not r.req_body.collect then return 0 end -- runs again when the body has come
  local text = r.req_body.get or ""
  local words, count = {}, 0
  for w in text:gmatch("%a+") do
    words[w] = (words[w] or 0) + 1
    count = count + 1
  end
  local sorted = {}
  for w, n in pairs(words) do sorted[#sorted + 1] = { w, n } end
  table.sort(sorted, function(a, b) return a[2] > b[2] or a[2] == b[2] and a[1] < b[1] end)
  local lines = {}
  for i = 1, math.min(5, #sorted) do lines[i] = ("%-10s %d"):format(table.unpack(sorted[i])) end
  r.resp_body:set({ #text .. " bytes, " .. count .. " words\n", table.concat(lines, "\n"), "\n" })
  return 200
end

-- 3. state that outlives a request

function actions.count()
  r.resp_body:set({ store.next(), "\n" })
  return 200
end

function actions.remember()
  local key, value = (r.req_attr["uri.query"] or ""):match("^(%w+)=(.*)$")
  if not key then return 400 end
  store.values[key] = lighty.c.urldec(value)
  r.resp_body:set({ "stored ", key, "\n" })
  return 200
end

function actions.recall()
  local lines = {}
  for k, v in pairs(store.values) do lines[#lines + 1] = k .. "=" .. v end
  table.sort(lines)
  r.resp_body:set({ table.concat(lines, "\n"), "\n" })
  return 200
end

-- 4. errors

actions["error"] = function() error("on purpose") end
actions["error-object"] = function() error({ code = 1 }) end
actions["error-nil"] = function() local t = nil return t.field end
actions["error-caught"] = function()
  local ok, message = pcall(error, "inside", 0)
  r.resp_body:set({ tostring(ok), " ", message, "\n" })
  return 200
end
actions["error-require"] = function() require("no_such_module") end
actions["error-stack"] = function()
  local function deeper(n) return 1 + deeper(n + 1) end
  local ok, message = pcall(deeper, 1)
  r.resp_body:set({ tostring(ok), " ", message:match("stack overflow"), "\n" })
  return 200
end
actions["error-api"] = function()
  r.resp_body:set({ pcall(function() r.resp_header[{}] = 1 end) and "accepted" or "refused", "\n" })
  return 200
end
actions["bad-status"] = function() return "not a number" end
actions["forbidden"] = function() return 403 end

-- 5. the library

actions["crypto"] = function()
  local c = lighty.c
  r.resp_body:set({
    c.md("sha256", "x"), "\n", c.hmac("sha1", "key", "text"), "\n", c.b64enc("\0\1binary"), " ", c.b64dec("aGVsbG8"), "\n",
    c.urlenc("a b/\u{e9}"), " ", c.urldec("%41%20b"), "\n", c.hexenc("abc"), " ", c.xmlenc("<&>"), "\n",
  })
  return 200
end
actions["stat"] = function()
  local st = lighty.c.stat(r.req_attr["physical.doc-root"] .. "/static.txt")
  r.resp_body:set({ tostring(st.is_file), " ", tostring(st.is_dir), " ", st.st_size, " ", tostring(lighty.c.stat("/nowhere")), "\n" })
  return 200
end
actions["redirect"] = function()
  r.resp_header["Location"] = "/hello"
  return 302
end
actions["coroutines"] = function()
  local parts = {}
  local generate = coroutine.wrap(function() for i = 1, 5 do coroutine.yield(i * i) end end)
  for v in generate do parts[#parts + 1] = tostring(v) end
  r.resp_body:set({ table.concat(parts, ","), "\n" })
  return 200
end
actions["large"] = function()
  local parts = {}
  for i = 1, 20000 do parts[i] = ("row %05d\n"):format(i) end
  r.resp_body:set(parts)
  return 200
end
actions["file-part"] = function()
  r.resp_body:set({ "[", { filename = r.req_attr["physical.doc-root"] .. "/static.txt", offset = 7, length = 6 }, "]\n" })
  return 200
end
actions["garbage"] = function()
  local t
  for i = 1, 20000 do t = { t and t[2], { i } } end
  collectgarbage()
  r.resp_body:set({ collectgarbage("count") < 20000 and "small" or "large", "\n" })
  return 200
end

-- 6. a static file under another name

actions["rewritten"] = function()
  r.req_attr["uri.path"] = "/static.txt"
  r.req_attr["physical.path"] = r.req_attr["physical.doc-root"] .. "/static.txt"
  r.req_attr["physical.rel-path"] = "/static.txt"
end

-- 7. the old interface, lighty.env, lighty.header, lighty.content

actions["old"] = function()
  lighty.header["X-Old"] = "yes"
  lighty.content = { "old ", lighty.env["uri.path"], " ", tostring(lighty.request["X-Test"]), "\n" }
  return 201
end

local name = r.req_attr["uri.path"]:match("^/([%w-]+)$")
local action = actions[name or ""]
if action then return action() end
