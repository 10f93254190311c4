#!/usr/bin/lua this is ignored
print(debug.getinfo(1, "l").currentline)
