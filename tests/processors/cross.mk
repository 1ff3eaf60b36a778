# For tests/processors/run: what is built for another processor, and what for this one.
include Makefile

TEST_FLAGS = $(LANGUAGE) $(WARNINGS) -O0 -I. -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64

cross: $(O)/unit/all $(B)/plain $(B)/protocol.sh $(B)/misbehave $(B)/list_misbehave $(B)/stress_suite $(B)/two_hundred \
  $(MISBEHAVE_LINKS) $(LIST_MISBEHAVE_LINKS) $(B)/doctest

native: $(PROGRAM) $(O)/e2e/all $(FIXTURES)
