local t = {} function t.a() return 1 end function t.b(...) return select("#", ...) end local function c() return t end print(t.a(), t.b(1, 2), c() == t) c().a()
