// Linked into the program that `make` builds; nothing else needs it. A program of one thread that throws nothing can do
// without what libstdc++ brings for exceptions: demangling the type of an uncaught one (50 KiB), their state in each
// thread (which needs the dynamic linker as a library), and unwinding the stack (45 KiB). Whatever would throw, such as
// operator new without memory, ends the program, as it would with an exception that nobody catches.
#include <cstdlib>

#if defined(__GLIBCXX__)
namespace __gnu_cxx {
void __verbose_terminate_handler();
void __verbose_terminate_handler() { std::abort(); }
}  // namespace __gnu_cxx

extern "C" {
static void* exception_globals[4];  // caught exceptions and their count, zero for ever (Itanium C++ ABI, 2.2.2)
void* __cxa_get_globals();
void* __cxa_get_globals() { return exception_globals; }
void* __cxa_get_globals_fast();
void* __cxa_get_globals_fast() { return exception_globals; }

// Itanium C++ ABI, 2.4 and 2.5: what compiled code calls to throw, to catch, and to go on unwinding. Weak, for a static
// libc that brings some of it.
#define NEXTEST_NEVER_CALLED(name)        \
  __attribute__((weak)) void name(void); \
  void name(void) { std::abort(); }
NEXTEST_NEVER_CALLED(__cxa_allocate_exception)
NEXTEST_NEVER_CALLED(__cxa_free_exception)
NEXTEST_NEVER_CALLED(__cxa_throw)
NEXTEST_NEVER_CALLED(__cxa_rethrow)
NEXTEST_NEVER_CALLED(__cxa_begin_catch)
NEXTEST_NEVER_CALLED(__cxa_end_catch)
NEXTEST_NEVER_CALLED(__cxa_call_unexpected)
NEXTEST_NEVER_CALLED(__cxa_call_terminate)
NEXTEST_NEVER_CALLED(__gxx_personality_v0)
NEXTEST_NEVER_CALLED(_Unwind_Resume)
}
#endif
