print("a" < "b", "a" < "A", "" < "a", "a\0b" < "a\0c", "a" < "a\0", "Z" < "a", "10" < "9", "abc" <= "abc", "b" >= "abc", "\xff" > "a")
