// What the system offers beyond POSIX.1-2008. Everything that is not POSIX is named here: what it is, which systems
// have it, and what stands in for it elsewhere. Code that uses it stands inside its #if. On a system that is not known
// here, and with -DNEXTEST_POSIX_ONLY, the program is made of what stands in alone.
#pragma once

// On 32-bit machines the sizes of files, inodes and times shall have 64 bits (file.hpp checks that this came in time).
// NOLINTBEGIN(bugprone-reserved-identifier): they are the system's
#if !defined(_FILE_OFFSET_BITS)
#define _FILE_OFFSET_BITS 64
#endif
// glibc 2.34 and newer; elsewhere it says nothing.
#if !defined(_TIME_BITS)
#define _TIME_BITS 64
#endif
// NOLINTEND(bugprone-reserved-identifier)

#if defined(__linux__) && !defined(NEXTEST_POSIX_ONLY)
#define NEXTEST_ON_LINUX 1
#else
#define NEXTEST_ON_LINUX 0
#endif
#if (defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)) && !defined(NEXTEST_POSIX_ONLY)
#define NEXTEST_ON_BSD 1
#else
#define NEXTEST_ON_BSD 0
#endif
#if defined(__APPLE__) && !defined(NEXTEST_POSIX_ONLY)
#define NEXTEST_ON_MACOS 1
#else
#define NEXTEST_ON_MACOS 0
#endif

// vfork: removed from POSIX in 2008; the child borrows the parent's memory until exec. Else fork, and a pipe that
// brings the errno of an exec that failed.
#define NEXTEST_HAS_VFORK (NEXTEST_ON_LINUX || NEXTEST_ON_BSD)
// pipe2: a pipe that is closed on exec from its first moment. Else pipe, and a flag set right after it.
#define NEXTEST_HAS_PIPE2 (NEXTEST_ON_LINUX || NEXTEST_ON_BSD)
// prctl, and /proc: orphans of a test come to us, so a leak that left its group is seen; tests die with the runner.
// Else neither.
#define NEXTEST_HAS_PRCTL NEXTEST_ON_LINUX
// sched_getaffinity: the processors that we may use. Else all that are online.
#define NEXTEST_HAS_AFFINITY NEXTEST_ON_LINUX
// sysconf(_SC_NPROCESSORS_ONLN): how many processors are online (in POSIX since 2024). Else one, unless an option says
// more.
#define NEXTEST_HAS_CPU_COUNT (NEXTEST_ON_LINUX || NEXTEST_ON_BSD || NEXTEST_ON_MACOS)
// flock: unlike fcntl's locks, it does not end when the file is closed elsewhere in the program. Else fcntl's locks.
#define NEXTEST_HAS_FLOCK (NEXTEST_ON_LINUX || NEXTEST_ON_BSD || NEXTEST_ON_MACOS)
// WCOREDUMP: whether a process left a core file (in POSIX since 2024). Else nothing is said of it.
#define NEXTEST_HAS_WCOREDUMP (NEXTEST_ON_LINUX || NEXTEST_ON_BSD || NEXTEST_ON_MACOS)
// TIOCGWINSZ and SIGWINCH: the size of a terminal's window, and when it changes (in POSIX since 2024, with
// tcgetwinsize). Else the variables COLUMNS and LINES.
#define NEXTEST_HAS_WINDOW_SIZE (NEXTEST_ON_LINUX || NEXTEST_ON_BSD || NEXTEST_ON_MACOS)
// SIGINFO: Ctrl-T in a terminal asks what is going on. Else SIGUSR1 alone does.
#define NEXTEST_HAS_SIGINFO (NEXTEST_ON_BSD || NEXTEST_ON_MACOS)
