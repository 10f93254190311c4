lib = { sub = {} }
function lib.sub.f(x) return x .. {} end
lib.sub.f("a")
