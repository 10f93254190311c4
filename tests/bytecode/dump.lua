-- dump.lua FOLDER <FILES: writes the chunks of the files that compile, whole (N.full) and stripped (N.stripped), where
-- standard input has the names of the files, one a line.
local folder = arg[1]
local i = 0
for name in io.lines() do
  i = i + 1
  local f = loadfile(name, "t")
  if f then
    for kind, strip in pairs { full = false, stripped = true } do
      local out = assert(io.open(("%s/%d.%s"):format(folder, i, kind), "wb"))
      out:write(string.dump(f, strip))
      out:close()
    end
  end
end
