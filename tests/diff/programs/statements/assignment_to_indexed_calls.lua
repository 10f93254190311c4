local t = {} local function get() return t end get().x = 1 get()["y"] = 2 print(t.x, t.y) get().z, get().w = 3 print(t.z, t.w)
