-- packages: lua-filesystem
local case, results, out = require("case").case, require("case").results, require("case").print
local lfs = require("lfs")

local function listing(path)
  local names = {}
  for name in lfs.dir(path) do names[#names + 1] = name end
  table.sort(names)
  return names
end
local function write(path, text)
  local f <close> = assert(io.open(path, "w"))
  f:write(text)
end

results("mkdir", lfs.mkdir, "d")
results("mkdir again", lfs.mkdir, "d")
results("mkdir nowhere", lfs.mkdir, "no/where")
results("chdir", lfs.chdir, "d")
results("currentdir", function() return lfs.currentdir():match("[^/]*$") end)
results("chdir nowhere", lfs.chdir, "nowhere")
write("one", "12345")
write("two", "")
results("dir", listing, ".")
results("dir nowhere", listing, "nowhere")
case("dir object", function()
  local next, object = lfs.dir(".")
  local n = 0
  while object:next() do n = n + 1 end
  out(n, type(next), pcall(object.next, object))
end)
case("dir object closed early", function()
  local _, object = lfs.dir(".")
  object:next()
  object:close()
  out(pcall(object.next, object))
end)
case("dir leaves the loop by break", function()
  for _ in lfs.dir(".") do break end
  collectgarbage()
  out(listing("."))
end)
case("many dirs are closed by the collector", function()
  for _ = 1, 3000 do lfs.dir(".") end
  out(#listing("."))
end)
case("dir to-be-closed", function()
  local _, object = lfs.dir(".")
  do local d <close> = object end
  out(pcall(object.next, object))
end)
results("attributes mode", lfs.attributes, "one", "mode")
results("attributes size", lfs.attributes, "one", "size")
results("attributes of a directory", lfs.attributes, ".", "mode")
results("attributes nowhere", lfs.attributes, "nowhere")
results("attributes unknown", lfs.attributes, "one", "colour")
case("attributes table", function()
  local t, names = lfs.attributes("one"), {}
  for k in pairs(t) do names[#names + 1] = k end
  table.sort(names)
  out(names, t.size, t.mode, t.nlink, math.type(t.size), math.type(t.ino), math.type(t.modification), t.permissions)
end)
case("attributes into a given table", function()
  local t = { old = true }
  out(lfs.attributes("two", t) == t, t.size, t.old)
end)
results("touch", lfs.touch, "one", 1000, 2000)
results("touched", function() return lfs.attributes("one", "access"), lfs.attributes("one", "modification") end)
results("touch nowhere", lfs.touch, "nowhere")
results("touch with float", lfs.touch, "one", 1.5, 2)
results("hard link", function() return lfs.link("one", "hard"), lfs.attributes("hard", "nlink") end)
results("symbolic link", function() return lfs.link("one", "soft", true), lfs.symlinkattributes("soft", "mode"), lfs.symlinkattributes("soft", "target") end)
results("link exists", lfs.link, "one", "hard")
results("setmode", function() local f <close> = io.open("one") return lfs.setmode(f, "binary") end)
results("setmode bad", function() local f <close> = io.open("one") return lfs.setmode(f, "sideways") end)
results("setmode closed", function() local f = io.open("one") f:close() return lfs.setmode(f, "text") end)
results("lock", function() local f <close> = io.open("two", "r+") return lfs.lock(f, "w"), lfs.unlock(f) end)
results("lock bad mode", function() local f <close> = io.open("two", "r+") return lfs.lock(f, "x") end)
results("lock read-only file", function() local f <close> = io.open("two", "r") return lfs.lock(f, "w") end)
case("lock_dir", function()
  local l = assert(lfs.lock_dir("."))
  out(lfs.lock_dir("."))
  l:free()
  local again = assert(lfs.lock_dir("."))
  again:free()
  out(type(l))
end)
results("rmdir not empty", lfs.rmdir, "../d")
results("missing argument", lfs.mkdir)
results("wrong argument", lfs.attributes, {})
results("wrong file", lfs.lock, "one", "r")
case("walk", function()
  lfs.mkdir("a") lfs.mkdir("a/b") write("a/b/x", "xx") write("a/y", "yyy")
  local function walk(path, depth)
    for _, name in ipairs(listing(path)) do
      if name ~= "." and name ~= ".." then
        local child = path .. "/" .. name
        local mode = lfs.symlinkattributes(child, "mode")
        out(depth, child, mode, mode == "file" and lfs.attributes(child, "size"))
        if mode == "directory" then walk(child, depth + 1) end
      end
    end
  end
  walk(".", 0)
end)
case("remove all", function()
  local function remove(path)
    for name in lfs.dir(path) do
      if name ~= "." and name ~= ".." then
        local child = path .. "/" .. name
        if lfs.symlinkattributes(child, "mode") == "directory" then remove(child) else os.remove(child) end
      end
    end
    return lfs.rmdir(path)
  end
  lfs.chdir("..")
  out(remove("d"), lfs.attributes("d"))
end)
