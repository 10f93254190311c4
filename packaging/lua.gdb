# Commands for gdb (gdb -x lua.gdb ...), for a process that is stopped inside a C function or API function of Lua.
#   lua-traceback L    the Lua functions that are active in the thread L; in a C function, at its start: lua-traceback $rdi
#   lua-eval L "code"  runs Lua code in the stopped process and prints its first result
# They call functions of the library, so they need a process that is alive, and stopped outside of its allocator.

define lua-traceback
  set language c
  call ((void (*)(void *, void *, const char *, int))luaL_traceback)($arg0, $arg0, (char *)0, 0)
  printf "%s\n", ((char *(*)(void *, int, void *))lua_tolstring)($arg0, -1, (void *)0)
  call ((void (*)(void *, int))lua_settop)($arg0, -2)
  set language auto
end

define lua-eval
  set language c
  if ((int (*)(void *, const char *))luaL_loadstring)($arg0, $arg1) == 0
    call ((int (*)(void *, int, int, int, long, void *))lua_pcallk)($arg0, 0, 1, 0, 0, (void *)0)
  end
  printf "%s\n", ((char *(*)(void *, int, void *))luaL_tolstring)($arg0, -1, (void *)0)
  call ((void (*)(void *, int))lua_settop)($arg0, -3)
  set language auto
end
