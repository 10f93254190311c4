-- What the site keeps between requests: a script's own state is fresh each time, modules stay.
dofile(os.getenv("REAL") .. "/used.lua")
local store = { values = {} }
local count = 0

function store.next()
  count = count + 1
  return tostring(count)
end

return store
