local function f() return 1, 2, 3 end
print(f(), f()) print((f()), f()) print((f())) print({ f(), (f()) }[1], #{ f(), f() }, #{ f(), (f()) }, #{ (f()) })
