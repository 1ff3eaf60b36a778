// What the system offers beyond POSIX.1-2008. Everything that is not POSIX is named here and nowhere else, and each
// use has a POSIX fallback beside it; -DNEXTEST_POSIX_ONLY builds the program from the fallbacks alone.
#pragma once

// On 32-bit machines the sizes of files, inodes and times shall have 64 bits (file.hpp checks that this came in time).
#if !defined(_FILE_OFFSET_BITS)
#define _FILE_OFFSET_BITS 64
#endif
// glibc 2.34 and newer; elsewhere it says nothing.
#if !defined(_TIME_BITS)
#define _TIME_BITS 64
#endif

#if defined(NEXTEST_POSIX_ONLY)
#define NEXTEST_HAS_VFORK 0
#define NEXTEST_HAS_PIPE2 0
#define NEXTEST_HAS_PRCTL 0
#define NEXTEST_HAS_AFFINITY 0
#define NEXTEST_HAS_FLOCK 0
#else
// flock: a BSD call that all of them have; unlike POSIX's fcntl locks, another close of the file does not end it.
#define NEXTEST_HAS_FLOCK 1
// vfork: removed from POSIX in 2008, present everywhere that matters; the child borrows the parent's memory until exec.
#if defined(__linux__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
#define NEXTEST_HAS_VFORK 1
#define NEXTEST_HAS_PIPE2 1
#else
#define NEXTEST_HAS_VFORK 0
#define NEXTEST_HAS_PIPE2 0
#endif
// prctl and /proc: orphans of a test come to us, so a leak that left its group is seen; tests die with the runner.
#if defined(__linux__)
#define NEXTEST_HAS_PRCTL 1
#define NEXTEST_HAS_AFFINITY 1
#else
#define NEXTEST_HAS_PRCTL 0
#define NEXTEST_HAS_AFFINITY 0
#endif
#endif
