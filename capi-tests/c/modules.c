/* C modules: found, loaded, used. The module itself is modules/sample.c. */

#include "test.h"

static void loading(lua_State *L) {
  run_lua(L, "local m, path = require('sample') print(type(m), path:match('[^/]*$'), m == require('sample'), package.loaded.sample == m)");
  run_lua(L, "local m, path = require('sample.sub') print(m, path:match('[^/]*$'))");
  run_lua(L, "print(pcall(function() return select(2, pcall(require, 'sample.absent')):match(\"no module 'sample.absent' in file\") end))");
  run_lua(L, "package.path = '' local c = package.cpath package.cpath = c:match('[^;]*') local ok, m = pcall(require, 'absent') print(ok, (m:gsub('/[^\\n]*/', '')))");
  run_lua(L, "local path = package.searchpath('sample', package.cpath) print(path ~= nil) local f, m, w = package.loadlib(path, 'luaopen_sample_sub') print(type(f), m, w, f('by hand'))\n"
             "print(select('#', package.loadlib(path, '*')), (package.loadlib(path, '*')))\n"
             "print(package.loadlib(path, 'luaopen_absent') == nil, select(3, package.loadlib(path, 'luaopen_absent')), select(3, package.loadlib('/no/such.so', '*')))\n"
             "print(type(package.loadlib(path, 'luaopen_nothing')), package.loadlib(path, 'luaopen_nothing')())");
  run_lua(L, "package.searchers[3] = function(n) return function(a, b) return a .. tostring(b) end, 'extra' end print(require('made.up'))");
}

static void classes(lua_State *L) {
  run_lua(L, "local m = require('sample') local v = m.vector(1, 2.5, 3)\n"
             "print(#v, v[2], tostring(v), v == m.vector(1, 2.5, 3), v == m.vector(1), rawequal(v, v))\n"
             "print(tostring(v:map(function(x) return x * 2 end)), v:owner())\n"
             "print(pcall(function() return v[9] end)) print(pcall(function() return v[{}] end))\n"
             "print(pcall(v.map, v)) print(pcall(v.map, {}, print)) print(pcall(v.map)) print(pcall(m.vector, 1, 'x')) print(pcall(m.vector, 1, {}))\n"
             "print(pcall(v.map, v, function() return 'no number' end)) print(type(select(2, pcall(v.map, v, function(x) error({x}) end))))\n"
             "v = nil collectgarbage() print(m.collected(), m.later, m.options(), m.options('write'), pcall(m.options, 'other'))");
}

static void upvalues(lua_State *L) {
  run_lua(L, "local m = require('sample') print(m.count(), m.count(10), m.counted(), pcall(m.count, 1.5))\n"
             "print(debug.getupvalue(m.count, 1) , select(2, debug.getupvalue(m.count, 1)) == select(2, debug.getupvalue(m.counted, 1)), debug.upvalueid(m.count, 1) ~= debug.upvalueid(m.counted, 1))\n"
             "print(debug.getupvalue(m.count, 2), debug.setupvalue(m.count, 1, {n = 100}), m.count(), m.counted())");
}

static void files(lua_State *L) {
  run_lua(L, "local m = require('sample') local f = m.tmp() print(io.type(f), tostring(f):match('^file'))\n"
             "m.write(f, 'line 1\\nline 2\\n') f:write('line 3\\n') f:seek('set') for l in f:lines() do io.write('[', l, ']') end print()\n"
             "print(f:close(), io.type(f), tostring(f), pcall(f.read, f)) print(pcall(m.write, f, 'x'))\n"
             "m.write(io.stdout, 'through a file of ours\\n') do local g <close> = m.tmp() end local h = m.tmp() h = nil collectgarbage()");
}

static void unloading(lua_State *L) {
  lua_State *other = luaL_newstate();
  luaL_openlibs(other);
  run_lua(other, "local m = require('sample') x = m.vector(1, 2)");
  run_lua(L, "y = require('sample').vector(1)");
  lua_close(other);
  run_lua(L, "print(#y)");
}

static const struct test_case cases[] = {
    {"loading", loading}, {"classes", classes}, {"upvalues", upvalues}, {"files", files}, {"unloading", unloading}, {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
