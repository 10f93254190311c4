;;local a = 1;;;print(a);do;;end;for i = 1, 1 do;print(i);end;
