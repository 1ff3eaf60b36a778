// What `nextest help TOPIC` prints. Made from docs/*.md by tools/help_topics.awk; change the pages, not this file.
#pragma once

#include "core/base/switches.hpp"

namespace nextest {

struct HelpTopic {
  const char* name;
  const char* text;
  const FeatureRow* left_out = nullptr;  // in a build without it
};

constexpr HelpTopic needs(Feature feature, HelpTopic topic) {
  if (built_in(feature)) return topic;
  return {topic.name, "", &row_of(feature)};
}

inline constexpr HelpTopic help_topics[] = {
    needs(Feature::Config, needs(Feature::Manual, HelpTopic{"config",
     ".config/nextest.toml under the workspace root holds settings of tests:\n"
     "\n"
     "  [profile.default]                   for all runs\n"
     "  retries = 1\n"
     "  [[profile.default.overrides]]       for some tests\n"
     "  filter = 'test(/^db_/)'\n"
     "  test-group = \"database\"\n"
     "  [profile.ci]                        for nextest run -P ci\n"
     "  fail-fast = false\n"
     "  [test-groups.database]\n"
     "  max-threads = 1\n"
     "\n"
     "The first that says something wins: option, variable, --config 'KEY = VALUE',\n"
     "matching overrides of the profile from top to bottom, then of those it inherits\n"
     "from, the profile, those it inherits from, the default.\n"
     "\n"
     "nextest show-config test EXPR PATH...   each setting, and where it comes from\n"
     "nextest show-config profile             all settings of the profile\n"
    })),
    needs(Feature::Filtersets, needs(Feature::Manual, HelpTopic{"filterset",
     "nextest run -E 'test(parse) and not binary(slow_*)' PATH...\n"
     "\n"
     "all() none()              every test, no test\n"
     "test(NAME)                tests with that name              default matcher ~\n"
     "binary(NAME)              in binaries of that name          #\n"
     "binary_id(NAME)           in binaries with that id          #\n"
     "package(NAME)             of that package                   #\n"
     "deps(NAME) rdeps(NAME)    and its dependencies, dependents  #\n"
     "kind(NAME)                lib, test, bench, ...             =\n"
     "group(NAME)               in that test group                #\n"
     "platform(host | target)   built for that machine\n"
     "default()                 what the profile's default-filter lets through\n"
     "\n"
     "=text  the whole name       /regex/  some part matches (Rust's syntax)\n"
     "~text  a part of it         #glob    the whole name: * ? [..] {a\\,b} **\n"
     "Escapes: \\n \\r \\t \\\\ \\/ \\) \\, \\u{...}\n"
     "\n"
     "Operators, from the tightest: ( )   not !   and & -   or | +\n"
    })),
    needs(Feature::Manual, HelpTopic{"harness",
     "What is in a test binary is found out from the file itself; nothing is run.\n"
     "\n"
     "libtest      Rust, and programs that follow its rules\n"
     "googletest   doctest   catch2   boost-test   cpputest   criterion\n"
     "plain        any other program: the program is the test; 0 passed, 77 skipped\n"
     "\n"
     "--harness NAME says what the binaries of the command line speak. A harness of\n"
     "your own is defined in .config/nextest.toml:\n"
     "\n"
     "  [harness.pytest]\n"
     "  match = \"*.py\"                                  the files that it is for\n"
     "  list = [\"pytest\", \"--collect-only\", \"-q\", \"{binary}\"]\n"
     "  list-pattern = \"^(.*::.*)$\"                     the test's name is the group\n"
     "  run = [\"pytest\", \"{test}\"]                      0 passed, 77 skipped\n"
     "  ignored-list = [...]                            prints the ignored ones\n"
    }),
    needs(Feature::Records, needs(Feature::Manual, HelpTopic{"record",
     "nextest run                    records (not with --no-record, NEXTEST_RECORD=0,\n"
     "                               or enabled = false in [record])\n"
     "nextest replay                 shows the latest run again\n"
     "nextest replay -R 3f2          shows the run whose id begins with 3f2\n"
     "nextest run -R latest          runs what did not pass in the latest run\n"
     "nextest store list             what is recorded, each rerun under its run\n"
     "nextest store info latest      all that is known of a run\n"
     "nextest store prune            deletes what is too old, too many, too large\n"
     "nextest store export latest    writes nextest-run-ID.zip\n"
     "nextest run -R ./run.zip       reruns what did not pass elsewhere\n"
     "nextest run --partition weight:1/3 --durations ./run.zip\n"
     "                               a third of the tests, by their durations\n"
     "\n"
     "RUN is latest, the start of an id, or the path of an exported file (with a /\n"
     "in it, or ending in .zip).\n"
     "\n"
     "Records are in $NEXTEST_STATE_DIR, else in nextest in $XDG_STATE_HOME, else in\n"
     "~/.local/state/nextest, apart for each workspace. They hold the outputs of all\n"
     "tests: think before you share one.\n"
    })),
    needs(Feature::Manual, HelpTopic{"reporting",
     "--status-level        lines during the run: none fail retry slow leak PASS skip\n"
     "--final-status-level  at its end: none fail FLAKY slow skip leak pass all\n"
     "                      (each shows those before it; capitals: the default)\n"
     "--failure-output      immediate (default), final, immediate-final, never\n"
     "--success-output      the same; never is the default\n"
     "--show-progress       bar on a terminal, else counter; only: the bar and what\n"
     "                      is slow or fails; none\n"
     "\n"
     "t, SIGUSR1            what runs, since when, and what it has printed so far\n"
     "Enter                 a line of progress\n"
     "\n"
     "--junit FILE          a JUnit report; else where junit.path of the profile\n"
     "                      says, in target/nextest/PROFILE/ of the workspace\n"
     "--message-format      on stdout: libtest-json, libtest-json-plus, jsonl\n"
     "nextest store export RUN --format junit|jsonl    of a recorded run\n"
     "\n"
     "Colours: --color, NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR, TERM=dumb.\n"
     "With GITHUB_ACTIONS=true failures are annotations, outputs are folded.\n"
    }),
    needs(Feature::Manual, HelpTopic{"env",
     "NEXTEST                      1\n"
     "NEXTEST_RUN_ID               UUID of the run; also while listing\n"
     "NEXTEST_RUN_MODE             test\n"
     "NEXTEST_EXECUTION_MODE       process-per-test\n"
     "NEXTEST_PROFILE              the profile of the configuration\n"
     "NEXTEST_VERSION              the cargo-nextest whose behaviour this is: 0.9.143\n"
     "NEXTEST_HPP_VERSION          this program's version\n"
     "NEXTEST_REQUIRED_VERSION     what the configuration asks for; none\n"
     "NEXTEST_RECOMMENDED_VERSION  likewise\n"
     "NEXTEST_WORKSPACE_ROOT       the folder that holds .config/nextest.toml, else\n"
     "                             the current one\n"
     "NEXTEST_TEST_PHASE           list or run\n"
     "NEXTEST_LD_*, NEXTEST_DYLD_* copies of the loader's LD_*, DYLD_*, for scripts\n"
     "                             of shells that may not see those\n"
     "TMPDIR                       with tmpdir = true: a folder of this attempt's own\n"
     "LLVM_PROFILE_FILE            default_%m_%p.profraw, unless it is set: coverage\n"
     "                             of each process goes to a file of its own\n"
     "NEXTEST_BINARY_ID            the test binary; also while listing\n"
     "NEXTEST_TEST_NAME            the test's name\n"
     "NEXTEST_ATTEMPT              from 1\n"
     "NEXTEST_TOTAL_ATTEMPTS       how many there may be\n"
     "NEXTEST_ATTEMPT_ID           RUN-ID:BINARY-ID[@stress-N]$TEST[#ATTEMPT]\n"
     "NEXTEST_STRESS_CURRENT       from 0; none outside of a stress run\n"
     "NEXTEST_STRESS_TOTAL         how many, or unknown; none outside of a stress run\n"
     "NEXTEST_TEST_GLOBAL_SLOT     the smallest number that no other running test\n"
     "                             has, kept across retries: good for port numbers\n"
     "NEXTEST_TEST_GROUP           the test group; @global\n"
     "NEXTEST_TEST_GROUP_SLOT      as the global slot, inside the group; none\n"
     "NEXTEST_TEST_THREADS         tests at a time\n"
     "NEXTEST_ENV                  setup scripts only: the file for NAME=VALUE lines\n"
    }),
    needs(Feature::Manual, HelpTopic{"exit-codes",
     "  0  success\n"
     "  4  no tests to run\n"
     "  1  store export of a record without its end: what there is was written\n"
     "  5  a rerun passed, but outstanding tests were not run\n"
     " 10  show-config version: the recommended version is not met\n"
     " 92  the required version is not met\n"
     " 94  a filterset of the command line is invalid\n"
     " 95  this program was built without what is asked for\n"
     " 96  setup error: usage, configuration, paths, reading files; out of memory\n"
     "100  a test failed, or the run was cancelled\n"
     "104  the tests of a binary could not be listed\n"
     "105  a setup script failed; or a teardown script, and nothing else\n"
     "106  replay --exit-code of a run that never ended\n"
     "110  output could not be written\n"
    }),
};

}  // namespace nextest
