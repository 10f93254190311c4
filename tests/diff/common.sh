# Sourced by the scripts of this folder: the two hosts and how a program is run and compared.
#   BUILD    folder with our library (default: build)        PEERS  folder of the references
#   STACK    native stack in KiB (default: as it is)         PRELUDE  chunk that runs before each program
#   LIMIT    seconds that a program may take (default: 60)

diff_dir=$top/tests/diff
: "${BUILD:=$top/build}" "${CC:=cc}" "${PEERS:=$top/build/peers}" "${LIMIT:=60}"
export PEERS
"$top/tools/peers/build" || exit 2
puc=$PEERS/lua ours=$BUILD/diff-host
# The same host program over our library, so that whatever differs is the library's.
if [ ! -x "$ours" ] || [ "$top/tools/peers/host.c" -nt "$ours" ]; then
  $CC -O2 -I"$top/include" -o "$ours" "$top/tools/peers/host.c" -L"$BUILD" -llua5.4 -Wl,-rpath,"$(cd "$BUILD" && pwd)" \
    -Wl,-E || exit 2
fi
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C TZ=UTC
unset LUA_PATH_5_4 LUA_CPATH_5_4
# The default paths differ: ours has those of the distribution as well.
export LUA_PATH='./?.lua;./lib/?.lua' LUA_CPATH='./?.so'

# Runs program $2 with host $1 and writes what it printed and its status to the file $3. What differs from run to run is
# masked: addresses, and the names of temporary files.
observe() {
  (
    [ -z "$STACK" ] || ulimit -s "$STACK"
    ulimit -v 4000000
    timeout "$LIMIT" "$1" -e "$PRELUDE" "$2" </dev/null >"$scratch/stdout" 2>"$scratch/stderr"
    echo "status $?" >"$scratch/status"
  ) 2>/dev/null
  for stream in stdout stderr status; do
    echo "-- $stream"
    sed -e 's/0x[0-9a-f]\{6,\}/ADDRESS/g' -e 's/lua_[A-Za-z0-9]\{6\}/TEMPORARY/g' "$scratch/$stream"
  done >"$3"
}

# Whether both hosts do the same with program $1; if not, the difference is in $scratch/difference.
agree() {
  observe "$puc" "$1" "$scratch/puc"
  observe "$ours" "$1" "$scratch/ours"
  cmp -s "$scratch/puc" "$scratch/ours" && return
  diff -a "$scratch/puc" "$scratch/ours" >"$scratch/difference"
  return 1
}
