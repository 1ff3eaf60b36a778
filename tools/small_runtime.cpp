// Linked into the program that `make` builds; nothing else needs it. A program of one thread that throws nothing can do
// without what libstdc++ brings for exceptions: demangling the type of an uncaught one (50 KiB), their state in each
// thread (which needs the dynamic linker as a library), and unwinding the stack (45 KiB). Whatever would throw ends
// the program, as it would with an exception that nobody catches.
#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__GLIBCXX__)
// NOLINTBEGIN(bugprone-reserved-identifier): the names are the C++ runtime's, which is what this takes the place of
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
// libc that brings some of it; by another name here, since headers may declare them in their own way.
#define NEXTEST_NEVER_CALLED(name)                                \
  __attribute__((weak)) void nextest_##name(void) __asm__(#name); \
  void nextest_##name(void) { std::abort(); }
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

// What there is no memory for: whoever has set a new_handler (C++17, 21.6.3.3) ends the program with a word.
[[noreturn]] static void no_memory() {
  const std::new_handler handler = std::get_new_handler();
  if (handler != nullptr) handler();
  std::abort();
}

// What the library's containers call when asked for what is not there, and memory: with the library's own come the
// exception classes, their texts and type information (5 KiB).
namespace std {
[[noreturn]] void __throw_length_error(const char*);
[[noreturn]] void __throw_length_error(const char*) { no_memory(); }
[[noreturn]] void __throw_logic_error(const char*);
[[noreturn]] void __throw_logic_error(const char*) { abort(); }
[[noreturn]] void __throw_out_of_range(const char*);
[[noreturn]] void __throw_out_of_range(const char*) { abort(); }
[[noreturn]] void __throw_out_of_range_fmt(const char*, ...);
[[noreturn]] void __throw_out_of_range_fmt(const char*, ...) { abort(); }
[[noreturn]] void __throw_bad_alloc();
[[noreturn]] void __throw_bad_alloc() { no_memory(); }
[[noreturn]] void __throw_bad_array_new_length();
[[noreturn]] void __throw_bad_array_new_length() { no_memory(); }
}  // namespace std

void* operator new(std::size_t size) {
  void* const memory = std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) no_memory();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
// NOLINTEND(bugprone-reserved-identifier)
#endif
