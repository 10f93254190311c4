/*
** The boundary between Rust and C++, in the C++ library: errors and yields are exceptions, as in PUC's library compiled
** as C++.
**
** The same functions as in boundary.c and boundary/entry.rs, whose place they take. An API function that raises ends in
** `perilune_jump`, which throws; what is thrown unwinds the frames of the C++ function, with their destructors, up to the
** innermost boundary. Any other exception that arrives there ends the call, too, with a code of its own, and is kept: it
** goes on with `perilune_rethrow` from the next API function that a C++ frame waits in, unless a protected call comes
** first, which lets go of it with `perilune_forget`.
*/

#include <climits>
#include <exception>
#include <utility>

extern "C" {
#include "shim.h"

struct CallInfo;
unsigned perilune_after_c_function(lua_State *L, int result, CallInfo *caller);
}

/* Errors and yields are thrown as pointers to this, by the name that `std::terminate` prints for PUC's library, too. */
struct lua_longjmp : boundary {};

namespace {

/* What an exception that is not ours makes a call return: `Throw::Foreign` of error.rs, in the form of `THROWN` in
** boundary.rs. */
constexpr int FOREIGN = INT_MIN + 7;

/* The exception that the last such result stood for. */
thread_local std::exception_ptr foreign;

class Boundary : public lua_longjmp {
 public:
  explicit Boundary(lua_State *L) : innermost(perilune_innermost(L)) {
    prev = *innermost;
    thread = L;
    result = 0;
    *innermost = this;
  }
  ~Boundary() { *innermost = prev; }
  Boundary(const Boundary &) = delete;
  Boundary &operator=(const Boundary &) = delete;

 private:
  boundary **innermost;
};

}  // namespace

extern "C" {

[[noreturn]] void perilune_jump(boundary *b, int result) {
  b->result = result;
  throw static_cast<lua_longjmp *>(b);
}

[[noreturn]] void perilune_rethrow() { std::rethrow_exception(std::exchange(foreign, nullptr)); }

void perilune_forget() { foreign = nullptr; }

__attribute__((noinline)) int perilune_enter(lua_State *L, void *a, void *b, void *c, perilune_function f) {
  Boundary here(L);
  try {
    return f(L, a, b, c);
  } catch (...) {
    if (here.result == 0) {
      foreign = std::current_exception();
      here.result = FOREIGN;
    }
  }
  return here.result;
}

/* The interpreter goes on in the last call, which must be a jump: hence no object with a destructor in this frame. */
unsigned perilune_run_in_frame(lua_State *L, perilune_function f, CallInfo *caller) {
  int result = perilune_enter(L, nullptr, nullptr, nullptr, f);
  return perilune_after_c_function(L, result, caller);
}

}  // extern "C"
