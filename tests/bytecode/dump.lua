-- dump.lua FOLDER FILE...: writes the chunks of the files that compile, whole (N.full) and stripped (N.stripped).
local folder = arg[1]
for i = 2, #arg do
  local f = loadfile(arg[i], "t")
  if f then
    for kind, strip in pairs { full = false, stripped = true } do
      local out = assert(io.open(("%s/%d.%s"):format(folder, i - 1, kind), "wb"))
      out:write(string.dump(f, strip))
      out:close()
    end
  end
end
