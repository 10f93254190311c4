local function f(x) return x.y.z end
local function g(x) return f(x) end
local function h(x) return g(x) end
h({})
