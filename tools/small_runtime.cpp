// Linked into the program that `make` builds; nothing else needs it. A program of one thread that throws nothing can do
// without two parts of libstdc++: the handler that demangles the type of an uncaught exception (50 KiB), and the
// thread-local state of exceptions in flight (which needs the dynamic linker as a library).
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
}
#endif
