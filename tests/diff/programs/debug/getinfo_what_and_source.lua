print(debug.getinfo(1, "S").what, debug.getinfo(1, "S").source, debug.getinfo(1, "S").short_src, debug.getinfo(1, "S").linedefined, debug.getinfo(1, "S").lastlinedefined)
local i = debug.getinfo(print, "Slun") print(i.what, i.source, i.short_src, i.linedefined, i.lastlinedefined, i.currentline, i.nups, i.nparams, i.isvararg, i.name, i.namewhat)
local function multi(a,
  b)

  return a
end
i = debug.getinfo(multi, "Su") print(i.what, i.linedefined, i.lastlinedefined, i.nparams, i.isvararg, i.nups) i = debug.getinfo(load("x = 1\ny = 2", "=code"), "Su") print(i.what, i.source, i.linedefined, i.lastlinedefined, i.nparams, i.isvararg, i.nups)
i = debug.getinfo(string.gmatch("a", "a"), "Su") print(i.what, i.nups, i.nparams, i.isvararg)
