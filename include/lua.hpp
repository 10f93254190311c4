/* Lua for C++ programs. */

#ifndef lua_hpp
#define lua_hpp

extern "C" {
#include "lua.h"
#include "lualib.h"
#include "lauxlib.h"
}

#endif
