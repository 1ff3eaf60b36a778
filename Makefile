# make            ./nextest, and nextest.hpp from its parts
# make demo       builds a small suite of test programs and runs it; needs a compiler and nothing else
# make test       unit tests and end-to-end tests; needs doctest (Debian: doctest-dev) and the frameworks it drives
# make conformance SUITE=FOLDER   TOML: every case of toml-lang/toml-test, whose `tests` are in that folder
# make bench      compares with the floor and with other runners
# make install    into $(DESTDIR)$(PREFIX): program, header, man page, completions for bash and zsh
#
# Variables: CXX, CXXFLAGS, LDFLAGS, PREFIX, DESTDIR, and STATIC=1 for a program that needs no library at all.

CXX = c++
CXXFLAGS = $(shell $(CXX) -Oz -E -x c++ /dev/null >/dev/null 2>&1 && echo -Oz || echo -Os)
LDFLAGS =
PREFIX = /usr/local
STATIC = 0
AWK = awk

LANGUAGE = -std=c++17
WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
# Errors are values here: without exceptions and RTTI, and with the C++ runtime linked in, the program needs libc alone.
LEAN = -fno-exceptions -fno-rtti -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-pie
# What GCC has beside -Oz: 2 % smaller. Other compilers do not know these.
IS_GCC = $(shell $(CXX) -v 2>&1 | grep -q '^gcc version' && echo 1)
LEAN_1 = -fwhole-program -fno-partial-inlining -fno-caller-saves -fno-move-loop-invariants -fno-threadsafe-statics \
  -fno-tree-fre -fno-expensive-optimizations -fno-inline-functions-called-once -fno-ident
LINK_0 = -static-libstdc++ -static-libgcc
LINK_1 = -static
LINK = $(LINK_$(STATIC)) -no-pie -Wl,--gc-sections -Wl,-z,noseparate-code,-z,norelro,--build-id=none -s

PARTS = $(wildcard cli/*.hpp core/*/*.hpp record/*.hpp) cli/help_topics.hpp
UNIT_TESTS = $(wildcard tests/unit/*.cpp)
E2E_TESTS = $(wildcard tests/e2e/*.cpp)

all: nextest

nextest: main.cpp nextest.hpp tools/small_runtime.cpp
	@mkdir -p build
	$(CXX) $(LANGUAGE) $(WARNINGS) $(LEAN) $(LEAN_$(IS_GCC)) $(CXXFLAGS) -c main.cpp -o build/main.o
	$(CXX) $(LANGUAGE) $(WARNINGS) $(LEAN) $(CXXFLAGS) build/main.o tools/small_runtime.cpp -o $@ $(LINK) $(LDFLAGS)

nextest.hpp: $(PARTS) tools/assemble.awk
	$(AWK) -f tools/assemble.awk cli/main.hpp > $@.new
	mv $@.new $@

cli/help_topics.hpp: docs/*.md tools/help_topics.awk
	$(AWK) -f tools/help_topics.awk docs/*.md > $@.new
	mv $@.new $@

# What `man nextest` shows, from what the program says of itself.
docs/nextest.1: nextest tools/man.awk
	$(AWK) -f tools/man.awk -v program=./nextest > $@.new
	mv $@.new $@

include tests/fixtures/fixtures.mk

# --- demo ---

DEMO = passing failing flaky slow crashing leaking
build/demo/%: examples/%.cpp
	@mkdir -p build/demo
	$(CXX) $(LANGUAGE) $(CXXFLAGS) $< -o $@

demo: nextest $(DEMO:%=build/demo/%)
	@echo '$$ ./nextest run build/demo/* --retries 1 --no-fail-fast --slow-timeout 1s   # some of these tests fail on purpose'
	@./nextest run $(DEMO:%=build/demo/%) --retries 1 --no-fail-fast --slow-timeout 1s; code=$$?; \
	 echo; if [ $$code -eq 100 ]; then echo 'That was the demo: exit code 100 says that a test failed, as some were meant to.'; \
	 else echo "unexpected exit code $$code"; exit 1; fi

# --- tests ---

TEST_FLAGS = $(LANGUAGE) $(WARNINGS) -O0 -g -I.

doctest:
	@printf '#include <doctest/doctest.h>\n' | $(CXX) $(LANGUAGE) -fsyntax-only -x c++ - 2>/dev/null || { \
	  echo 'doctest is missing: make test needs its header, doctest/doctest.h.'; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo 'Installing Debian package doctest-dev ...'; \
	    apt-get install -y doctest-dev >/dev/null || { apt-get update >/dev/null && apt-get install -y doctest-dev >/dev/null; }; \
	  else echo 'Install it (Debian, Ubuntu: apt-get install doctest-dev) and try again.'; exit 1; fi; }

build/unit/%.o: tests/unit/%.cpp $(wildcard tests/unit/*.hpp) $(PARTS) | doctest
	@mkdir -p build/unit
	$(CXX) $(TEST_FLAGS) $(SANITIZE) -c $< -o $@

build/unit/all: $(UNIT_TESTS:tests/%.cpp=build/%.o)
	$(CXX) $(SANITIZE) $^ -o $@ $(LDFLAGS)

build/e2e/%.o: tests/e2e/%.cpp $(wildcard tests/e2e/*.hpp) | doctest
	@mkdir -p build/e2e
	$(CXX) $(TEST_FLAGS) -c $< -o $@

build/e2e/failure_places.o: $(wildcard core/*/*.hpp)

build/e2e/all: $(E2E_TESTS:tests/%.cpp=build/%.o)
	$(CXX) $^ -o $@ $(LDFLAGS)

# Our tests are run by what they test.
test: nextest build/unit/all build/e2e/all $(FIXTURES)
	./nextest run ./build/unit/all ./build/e2e/all --harness doctest --no-fail-fast --slow-timeout 60s --terminate-after 3

build/toml_decoder: tests/fixtures/toml_decoder.cpp $(wildcard core/base/*.hpp core/format/*.hpp)
	@mkdir -p build
	$(CXX) $(TEST_FLAGS) $< -o $@

conformance: build/toml_decoder
	tests/conformance/toml "$(SUITE)" build/toml_decoder

bench: nextest
	tests/bench/run

SHARE = $(DESTDIR)$(PREFIX)/share
BASH_COMPLETION = $(SHARE)/bash-completion/completions/nextest
ZSH_COMPLETION = $(SHARE)/zsh/site-functions/_nextest

# The program prints its own completions; one that was built for another machine cannot, and goes without.
install: nextest
	mkdir -p "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/include" "$(SHARE)/man/man1"
	cp nextest "$(DESTDIR)$(PREFIX)/bin/nextest"
	cp nextest.hpp "$(DESTDIR)$(PREFIX)/include/nextest.hpp"
	cp docs/nextest.1 "$(SHARE)/man/man1/nextest.1"
	@if ./nextest completions bash > build/completions; then \
	  mkdir -p "$$(dirname "$(BASH_COMPLETION)")" "$$(dirname "$(ZSH_COMPLETION)")" && \
	  cp build/completions "$(BASH_COMPLETION)" && \
	  ./nextest completions zsh > "$(ZSH_COMPLETION)"; \
	else echo 'nextest does not run here: no completions are installed'; fi

clean:
	rm -rf build nextest

.PHONY: all conformance demo doctest test bench install clean
