local function f(x) return type(x), x end
print(f "s") print((f {})) print((f [[long]])) local o = { m = function(self, x) return x end } print(o:m "q", o:m { 1 }[1])
