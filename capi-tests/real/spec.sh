# For the scripts in specs/: the sources of a module run their own tests with the host.

# Results of TAP as cases; what a failed one says belongs to it.
tap() { sed -E 's/^(ok|not ok) [0-9]+ - (.*)/# \2\n\1/; /^# .* @ [0-9]+: /d; s/0x[0-9a-f]{6,}/ADDRESS/g; s/[0-9.]+ seconds/TIME/g'; }

# The busted suite of a source package, run from inside it: package, folder of the specs
busted_suite() {
  cp -r "$SOURCES/$1" module
  cd module || exit 2
  LUA_PATH="./src/?.lua;./src/?/init.lua;./?.lua;./?/init.lua;$LUA_PATH" "$HOST" "$REAL/run-busted.lua" -o TAP "${2:-spec}" 2>&1 | tap
}
