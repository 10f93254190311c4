-- For the Lua scripts of programs: names the Lua library in this process to the runner.
for line in io.lines("/proc/self/maps") do
  local path = line:match("/.*liblua5%.4%.so.*")
  if path then
    local out = assert(io.open(os.getenv("USED"), "w"))
    out:write(path)
    out:close()
    break
  end
end
