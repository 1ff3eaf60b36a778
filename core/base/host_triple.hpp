// Which machine this program was built for, by Rust's name.
#pragma once

#include <sys/utsname.h>

#include "core/base/text.hpp"

#if defined(__x86_64__)
#define NEXTEST_ARCH "x86_64"
#elif defined(__aarch64__) && defined(__AARCH64EB__)
#define NEXTEST_ARCH "aarch64_be"
#elif defined(__aarch64__)
#define NEXTEST_ARCH "aarch64"
#elif defined(__arm__) && defined(__ARM_ARCH) && __ARM_ARCH >= 7
#define NEXTEST_ARCH "armv7"
#elif defined(__arm__)
#define NEXTEST_ARCH "arm"
#elif defined(__i386__)
#define NEXTEST_ARCH "i686"
#elif defined(__riscv) && __riscv_xlen == 64
#define NEXTEST_ARCH "riscv64gc"
#elif defined(__riscv)
#define NEXTEST_ARCH "riscv32gc"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define NEXTEST_ARCH "powerpc64le"
#elif defined(__powerpc64__)
#define NEXTEST_ARCH "powerpc64"
#elif defined(__powerpc__)
#define NEXTEST_ARCH "powerpc"
#elif defined(__mips64) && defined(__MIPSEL__)
#define NEXTEST_ARCH "mips64el"
#elif defined(__mips64)
#define NEXTEST_ARCH "mips64"
#elif defined(__mips__) && defined(__MIPSEL__)
#define NEXTEST_ARCH "mipsel"
#elif defined(__mips__)
#define NEXTEST_ARCH "mips"
#elif defined(__s390x__)
#define NEXTEST_ARCH "s390x"
#elif defined(__loongarch64)
#define NEXTEST_ARCH "loongarch64"
#elif defined(__sparc__) && defined(__arch64__)
#define NEXTEST_ARCH "sparc64"
#endif

#if defined(__x86_64__) && defined(__ILP32__)
#define NEXTEST_LIBRARY_ABI "x32"
#elif defined(__arm__) && defined(__ARM_PCS_VFP)
#define NEXTEST_LIBRARY_ABI "eabihf"
#elif defined(__arm__)
#define NEXTEST_LIBRARY_ABI "eabi"
#elif defined(__mips64)
#define NEXTEST_LIBRARY_ABI "abi64"
#else
#define NEXTEST_LIBRARY_ABI ""
#endif

#if defined(__ANDROID__) && defined(__arm__)
#define NEXTEST_SYSTEM "linux-androideabi"
#elif defined(__ANDROID__)
#define NEXTEST_SYSTEM "linux-android"
#elif defined(__linux__) && defined(__GLIBC__)
#define NEXTEST_SYSTEM "unknown-linux-gnu" NEXTEST_LIBRARY_ABI
#elif defined(__linux__)
#define NEXTEST_SYSTEM "unknown-linux-musl" NEXTEST_LIBRARY_ABI
#elif defined(__APPLE__)
#define NEXTEST_SYSTEM "apple-darwin"
#elif defined(__FreeBSD__)
#define NEXTEST_SYSTEM "unknown-freebsd"
#elif defined(__OpenBSD__)
#define NEXTEST_SYSTEM "unknown-openbsd"
#elif defined(__NetBSD__) && defined(__arm__)
#define NEXTEST_SYSTEM "unknown-netbsd-" NEXTEST_LIBRARY_ABI
#elif defined(__NetBSD__)
#define NEXTEST_SYSTEM "unknown-netbsd"
#elif defined(__DragonFly__)
#define NEXTEST_SYSTEM "unknown-dragonfly"
#elif defined(__GNU__)
#define NEXTEST_SYSTEM "unknown-hurd-gnu"
#elif defined(__HAIKU__)
#define NEXTEST_SYSTEM "unknown-haiku"
#elif defined(__CYGWIN__)
#define NEXTEST_SYSTEM "pc-cygwin"
#endif

namespace nextest {

// From what the compiler says; from what the system says of itself where that is not known.
inline std::string host_triple() {
#if defined(NEXTEST_ARCH) && defined(NEXTEST_SYSTEM)
  return NEXTEST_ARCH "-" NEXTEST_SYSTEM;
#else
  struct utsname names {};
  ::uname(&names);
  std::string triple = std::string(names.machine) + "-unknown-" + names.sysname;
  for (char& c : triple) c = ascii_lower(c);
  return triple;
#endif
}

}  // namespace nextest
