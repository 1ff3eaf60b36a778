# make            the program: ./nextest, from main.cpp and nextest.hpp as they stand
# make lean       ./nextest-lean: half the size, and what it leaves out (docs/embedding.md); `make sizes`: what of it costs how much
# make demo       builds a small suite of test programs and runs it; needs a compiler and nothing else
# make test       unit tests and end-to-end tests; needs doctest: root gets it by itself
# make install    into $(DESTDIR)$(PREFIX): program, header, man page, completions for bash and zsh
#
# For who changes it (CONTRIBUTING.md):
# make header     nextest.hpp and cli/help_topics.hpp from their parts; `make man`: docs/nextest.1
# make fresh      are these three what is committed? With every awk on this machine
# make dev        program and tests, a warning is an error
# make debug      $(O)/debug/nextest: symbols, no optimisation
# make sanitize   unit and end-to-end tests under the address and undefined sanitizers
# make fuzz       every fuzzer of tests/fuzz for SECONDS (10); needs clang++
# make lint       formatting, clang-tidy, shellcheck; `make format` mends the formatting
# make bench      compares with the floor and with other runners
# make conformance SUITE=FOLDER   TOML: every case of toml-lang/toml-test, whose `tests` are in that folder
#
# Variables: CXX, CXXFLAGS, LDFLAGS, PREFIX, DESTDIR, STATIC=1 for a program that needs no library at all, SWITCHES=-DNEXTEST_WITHOUT_...
# for one that leaves something out, and O=DIR: all that is built goes there, and nothing into the source folder.

# To GNU make a rule that nobody asks for; any BSD make stops here, with these words.
.error : this Makefile needs GNU make (often called gmake)

CXX = c++
CXXFLAGS = $(shell $(CXX) -Oz -E -x c++ /dev/null >/dev/null 2>&1 && echo -Oz || echo -Os)
LDFLAGS =
PREFIX = /usr/local
STATIC = 0
SWITCHES =
O = build
AWK = awk
SECONDS = 10

# It is removed by `make clean` and a prerequisite of rules: one folder, and its name without blanks.
ifneq ($(words $(O)),1)
$(error O is '$(O)': it has to be one folder, without blanks in its name)
endif

PROGRAM = $(if $(filter build,$(O)),./nextest,$(O)/nextest)

LANGUAGE = -std=c++17
WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Wnull-dereference -Wdouble-promotion $(WARNINGS_$(IS_GCC)) $(WERROR)
WARNINGS_1 = -Wlogical-op
WERROR =
# Errors are values here: without exceptions and RTTI, and with the C++ runtime linked in, the program needs libc alone.
SMALL = -fno-exceptions -fno-rtti -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-pie
# What GCC has beside -Oz: 2 % smaller. Other compilers do not know these.
IS_GCC = $(shell $(CXX) -v 2>&1 | grep -q '^gcc version' && echo 1)
SMALL_1 = -fwhole-program -fno-partial-inlining -fno-caller-saves -fno-move-loop-invariants -fno-threadsafe-statics \
  -fno-tree-fre -fno-expensive-optimizations -fno-inline-functions-called-once -fno-ident
# A build with clang's own library ("clang++ -stdlib=libc++") takes that as it is.
HAS_LIBCXX = $(findstring libc++,$(CXX) $(CXXFLAGS))
LINK_0 = $(if $(HAS_LIBCXX),,-static-libstdc++ -static-libgcc)
LINK_1 = -static
# Nothing is thrown, so no frame is ever looked up.
LINK = $(LINK_$(STATIC)) -no-pie -Wl,--gc-sections -Wl,-z,noseparate-code,-z,norelro,--build-id=none,--no-eh-frame-hdr -s

UNIT_TESTS = $(wildcard tests/unit/*.cpp)
E2E_TESTS = $(wildcard tests/e2e/*.cpp)

all: $(PROGRAM)

# Names, ignored tests, partitions, time limits, retries, leaks, all harnesses and JUnit stay.
LEAN = $(addprefix -DNEXTEST_WITHOUT_,RECORDS CONFIG SCRIPTS JSON FILTERSETS TERMINAL MANUAL GITHUB JUNIT)

lean: $(PROGRAM)-lean
$(PROGRAM)-lean: SWITCHES = $(LEAN)

# What a program was built with: with other flags it is built again.
$(O)/%.flags: always
	@mkdir -p $(O)
	@flags='$(CXX) $(CXXFLAGS) $(SWITCHES) $(LDFLAGS) STATIC=$(STATIC)'; \
	[ "$$(cat $@ 2>/dev/null)" = "$$flags" ] || echo "$$flags" > $@

$(PROGRAM): $(O)/nextest.flags
$(PROGRAM)-lean: $(O)/nextest-lean.flags
$(PROGRAM) $(PROGRAM)-lean: main.cpp nextest.hpp tools/small_runtime.cpp
	@mkdir -p $(O)
	$(CXX) $(LANGUAGE) $(WARNINGS) $(SMALL) $(SMALL_$(IS_GCC)) $(SWITCHES) $(CXXFLAGS) -c main.cpp -o $(O)/$(@F).o
	$(CXX) $(LANGUAGE) $(WARNINGS) $(SMALL) $(CXXFLAGS) $(O)/$(@F).o tools/small_runtime.cpp -o $@ $(LINK) $(LDFLAGS)

sizes:
	tools/switch_sizes docs/embedding.md
show-lean:
	@echo '$(LEAN)'

debug: $(O)/debug/nextest

$(O)/debug/nextest: main.cpp nextest.hpp
	@mkdir -p $(@D)
	$(CXX) $(LANGUAGE) $(WARNINGS) -O0 -g main.cpp -o $@ $(LDFLAGS)

# For tests/compilers/run, which asks the same of other compilers.
warnings:
	@echo $(WARNINGS)

# --- what is made from parts, and committed ---

header:
	tools/generate header "$(AWK)" .

man: $(PROGRAM)
	tools/generate man "$(AWK)" . $(PROGRAM)

fresh: $(PROGRAM)
	tools/generate check $(PROGRAM) $(O)/fresh

include tests/fixtures/fixtures.mk

fixtures: $(FIXTURES)

# --- demo ---

DEMO = passing failing flaky slow crashing leaking
DEMO_PROGRAMS = $(DEMO:%=$(O)/demo/%)
$(O)/demo/%: examples/%.cpp examples/tiny.hpp
	@mkdir -p $(@D)
	$(CXX) $(LANGUAGE) $(CXXFLAGS) $< -o $@

demo: $(PROGRAM) $(DEMO_PROGRAMS)
	@echo '$$ $(PROGRAM) run $(O)/demo/* --retries 1 --no-fail-fast --slow-timeout 1s   # some of these tests fail on purpose'
	@$(PROGRAM) run $(DEMO_PROGRAMS) --retries 1 --no-fail-fast --slow-timeout 1s; code=$$?; \
	 echo; if [ $$code -eq 100 ]; then echo 'That was the demo: exit code 100 says that a test failed, as some were meant to.'; \
	 else echo "unexpected exit code $$code"; exit 1; fi

# --- tests ---

TEST_FLAGS = $(LANGUAGE) $(WARNINGS) -O0 -g -I. -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
# Which headers an object was made from; -MP lets one of them go.
DEPENDENCIES = -MMD -MP

doctest:
	@tests/need_doctest "$(CXX)"

$(O)/unit/%.o: tests/unit/%.cpp | doctest
	@mkdir -p $(@D)
	$(CXX) $(TEST_FLAGS) $(SANITIZE) $(DEPENDENCIES) -c $< -o $@

$(O)/unit/all: $(UNIT_TESTS:tests/%.cpp=$(O)/%.o)
	$(CXX) $(SANITIZE) $^ -o $@ $(LDFLAGS)

$(O)/e2e/%.o: tests/e2e/%.cpp | doctest
	@mkdir -p $(@D)
	$(CXX) $(TEST_FLAGS) $(DEPENDENCIES) -c $< -o $@

$(O)/e2e/all: $(E2E_TESTS:tests/%.cpp=$(O)/%.o)
	$(CXX) $^ -o $@ $(LDFLAGS)

-include $(wildcard $(O)/unit/*.d $(O)/e2e/*.d)

# How our tests are run: by what they test. RUN_FLAGS may say more, E2E_FLAGS to the sanitized end-to-end tests alone.
RUN_TESTS = $(PROGRAM) run --harness doctest --no-fail-fast --slow-timeout 60s --terminate-after 3 $(RUN_FLAGS)
E2E_ENVIRONMENT = FIXTURES_DIR="$(O)/fixtures"

# What is not on this machine makes a test skipped, and is told of; with E2E_REQUIRE_ALL=1 it makes it fail.
test: $(PROGRAM) $(O)/unit/all $(O)/e2e/all $(FIXTURES) fresh
	NEXTEST_BIN="$(PROGRAM)" $(E2E_ENVIRONMENT) $(RUN_TESTS) $(O)/unit/all $(O)/e2e/all; code=$$?; \
	$(E2E_ENVIRONMENT) tests/missing $(O)/unit/all $(O)/e2e/all; exit $$code

dev:
	$(MAKE) test WERROR=-Werror

SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=all
SANITIZER_CXX = $(CXX)
$(O)/sanitized/nextest: main.cpp nextest.hpp
	@mkdir -p $(@D)
	$(SANITIZER_CXX) $(LANGUAGE) -O1 -g $(SANITIZERS) main.cpp -o $@ $(LDFLAGS)

sanitize: $(PROGRAM) $(O)/sanitized/nextest $(O)/e2e/all $(FIXTURES)
	$(MAKE) $(O)/sanitized/unit/all O=$(O)/sanitized PROGRAM=$(PROGRAM) CXX=$(SANITIZER_CXX) SANITIZE='$(SANITIZERS)'
	$(RUN_TESTS) $(O)/sanitized/unit/all
	E2E_ANY_MEMORY=1 NEXTEST_BIN=$(O)/sanitized/nextest $(E2E_ENVIRONMENT) $(RUN_TESTS) $(E2E_FLAGS) $(O)/e2e/all

FUZZERS = $(patsubst tests/fuzz/%.cpp,$(O)/fuzz/%,$(wildcard tests/fuzz/*.cpp))
$(FUZZERS): $(O)/fuzz/%: tests/fuzz/%.cpp
	@mkdir -p $(@D)
	clang++ $(LANGUAGE) -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I. $(DEPENDENCIES) $< -o $@

-include $(wildcard $(O)/fuzz/*.d)

fuzz: $(FUZZERS:%=%.run)

$(FUZZERS:%=%.run): $(O)/fuzz/%.run: $(O)/fuzz/%
	@mkdir -p $(O)/fuzz/corpus-$*
	$(O)/fuzz/$* -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 -artifact_prefix=$(O)/fuzz/$*- $(O)/fuzz/corpus-$* tests/fuzz/corpus/$*

lint:
	tools/lint $(O)/lint

format:
	tools/lint --format

$(O)/toml_decoder: tests/fixtures/toml_decoder.cpp $(wildcard core/base/*.hpp core/format/*.hpp)
	@mkdir -p $(O)
	$(CXX) $(TEST_FLAGS) $< -o $@

conformance: $(O)/toml_decoder
	tests/conformance/toml "$(SUITE)" $(O)/toml_decoder

bench: $(PROGRAM)
	tests/bench/run

# --- installing ---

SHARE = $(DESTDIR)$(PREFIX)/share
BASH_COMPLETION = $(SHARE)/bash-completion/completions/nextest
ZSH_COMPLETION = $(SHARE)/zsh/site-functions/_nextest

# Installed is the program as it was built, with whichever flags. It prints its own completions; one that was built for another
# machine cannot, and goes without.
install:
	@[ -e $(PROGRAM) ] || $(MAKE) $(PROGRAM)
	mkdir -p "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/include" "$(SHARE)/man/man1"
	cp $(PROGRAM) "$(DESTDIR)$(PREFIX)/bin/nextest"
	cp nextest.hpp "$(DESTDIR)$(PREFIX)/include/nextest.hpp"
	cp docs/nextest.1 "$(SHARE)/man/man1/nextest.1"
	@mkdir -p $(O); if $(PROGRAM) completions bash > $(O)/completions; then \
	  mkdir -p "$$(dirname "$(BASH_COMPLETION)")" "$$(dirname "$(ZSH_COMPLETION)")" && \
	  cp $(O)/completions "$(BASH_COMPLETION)" && \
	  $(PROGRAM) completions zsh > "$(ZSH_COMPLETION)"; \
	else echo 'nextest does not run here: no completions are installed'; fi

clean:
	rm -rf $(O) $(PROGRAM) $(PROGRAM)-lean

.PHONY: always all lean sizes show-lean warnings header man fresh fixtures demo doctest test dev debug sanitize fuzz $(FUZZERS:%=%.run) lint format conformance bench install clean
