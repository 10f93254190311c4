local x = 5
print(x - -1, x -
-1) print(3 --1
)
