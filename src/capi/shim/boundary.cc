/*
** The boundary between Rust and C++, in the C++ library: errors and yields are exceptions, as in PUC's library compiled
** as C++.
**
** The same functions as in boundary.c, for the same callers. An API function that raises ends in `perilune_jump`, which
** throws; what is thrown unwinds the frames of the C++ function, with their destructors, up to the innermost boundary.
** Any other exception that arrives there ends the call, too, with a code of its own, and is kept: it goes on with
** `perilune_rethrow` from the next API function that a C++ frame waits in, unless a protected call comes first, which lets
** go of it with `perilune_forget`.
*/

#include <exception>
#include <utility>

extern "C" {
#include "shim.h"
}

/* Errors and yields are thrown as pointers to this, by the name that `std::terminate` prints for PUC's library, too. */
struct lua_longjmp : boundary {};

namespace {

/* The code of an exception that is not ours; `Throw::Foreign` of error.rs. */
constexpr int FOREIGN = 7;

/* The exception that the last such code stood for. */
thread_local std::exception_ptr foreign;

class Boundary : public lua_longjmp {
 public:
  Boundary(lua_State *L, boundary **innermost) {
    prev = *innermost;
    slot = innermost;
    thread = L;
    code = 0;
    *innermost = this;
  }
  ~Boundary() { *slot = prev; }
  Boundary(const Boundary &) = delete;
  Boundary &operator=(const Boundary &) = delete;
};

/* Runs `f`; 0, or the code of what it threw. */
template <class F>
int call(lua_State *L, boundary **innermost, F f) {
  Boundary b(L, innermost);
  try {
    f();
  } catch (...) {
    if (b.code == 0) {
      foreign = std::current_exception();
      b.code = FOREIGN;
    }
  }
  return b.code;
}

}  // namespace

extern "C" {

[[noreturn]] void perilune_jump(boundary *b, int code) {
  b->code = code;
  throw static_cast<lua_longjmp *>(b);
}

[[noreturn]] void perilune_rethrow() { std::rethrow_exception(std::exchange(foreign, nullptr)); }

void perilune_forget() { foreign = nullptr; }

/* The number of results, or `THROWN` plus the code of the error. */
int perilune_call_c(lua_State *L, lua_CFunction f, boundary **innermost) {
  int n = 0;
  int code = call(L, innermost, [&] { n = f(L); });
  return code == 0 ? n : THROWN + code;
}

/* The number of results, or `THROWN` plus the code of the error. */
int perilune_call_k(lua_State *L, lua_KFunction k, int status, lua_KContext ctx, boundary **innermost) {
  int n = 0;
  int code = call(L, innermost, [&] { n = k(L, status, ctx); });
  return code == 0 ? n : THROWN + code;
}

/* 0, or the code of the error. */
int perilune_call_hook(lua_State *L, lua_Hook hook, lua_Debug *ar, boundary **innermost) {
  return call(L, innermost, [&] { hook(L, ar); });
}

/* 0 and the piece in `*piece` and `*size`, or the code of the error. */
int perilune_call_reader(lua_State *L, lua_Reader reader, void *ud, const char **piece, size_t *size, boundary **innermost) {
  return call(L, innermost, [&] { *piece = reader(L, ud, size); });
}

/* 0 and the writer's answer in `*answer`, or the code of the error. */
int perilune_call_writer(lua_State *L, lua_Writer writer, const void *piece, size_t size, void *ud, int *answer,
                         boundary **innermost) {
  return call(L, innermost, [&] { *answer = writer(L, piece, size, ud); });
}

}  // extern "C"
