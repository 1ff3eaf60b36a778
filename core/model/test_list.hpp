// Test binaries and the tests in them. A test is named by (binary id, test name); inside a run, by its index.
#pragma once

#include "core/base/kept_text.hpp"
#include "core/base/shared_text.hpp"
#include "core/model/harness.hpp"

namespace nextest {

// Which machine a binary was built for: the one that tests run on, or the one that builds (cargo: build scripts,
// macros).
enum class BuildPlatform : std::uint8_t { Target, Host };

// Why a test is not run. Rerun: it passed already, in the run that this one is a rerun of or before.
enum class Mismatch : std::uint8_t { None, Ignored, Name, Filterset, DefaultFilter, Partition, Rerun };

struct WrapperScript;

// There are thousands of both, so they are small.
struct TestBinary {
  KeptText id;
  KeptText path;
  KeptText name;             // what binary() matches: the file's name
  SharedText package;        // what package() matches: the name of the folder it is in
  SharedText kind = "test";  // what kind() matches: cargo's lib, test, bench, proc-macro, bin, example
  SharedText option_prefix;  // in place of its harness's own, with "--"; empty: that
  SharedText folder;         // where it runs; empty: ours
  SharedText skip_reason;    // why its tests are not even listed; empty when they are
  BuildPlatform build_platform = BuildPlatform::Target;
  Mismatch mismatch = Mismatch::None;                // a filterset that no test in it can match; then it is not listed
  const Harness* harness = &plain_harness;           // a row of the table, or the configuration's
  Vector<const Harness*> other_harnesses;            // what else its file shows, asked where that one lists nothing
  const Vector<std::string>* environment = nullptr;  // NAME=VALUE; the configuration's, or a cargo build's
  const WrapperScript* list_wrapper = nullptr;       // the configuration's
};

struct TestCase {
  KeptText name;
  std::uint32_t binary = 0;
  // The name starts with what the harness prints; where that is not unique in the binary, " (suite)" follows.
  std::uint32_t own_name_size = 0;
  // The harness's own filter lets `rivals` tests through for this name, and this one is number `rank` of them.
  std::uint32_t rank = 0;
  std::uint32_t rivals = 1;
  bool ignored = false;
  bool benchmark = false;
  bool runs_others = false;  // its harness runs those that it depends on, too
  Mismatch mismatch = Mismatch::None;

  std::string_view own_name() const { return name.substr(0, own_name_size); }
};

using TestIndex = std::uint32_t;

struct ListCounts {
  std::uint32_t selected_tests = 0;
  std::uint32_t skipped_tests = 0;
  std::uint32_t tests_by_default_filter = 0;  // of the skipped ones
  std::uint32_t tests_by_rerun = 0;           // of the skipped ones
  std::uint32_t listed_binaries = 0;
  std::uint32_t skipped_binaries = 0;
  std::uint32_t binaries_by_default_filter = 0;  // of the skipped ones
};

// The tests of one binary are neighbours, in the harness's order; binaries are in the order they were named.
struct TestList {
  Vector<TestBinary> binaries;
  Vector<TestCase> tests;

  const TestBinary& binary_of(TestIndex test) const { return binaries[tests[test].binary]; }

  ListCounts counts() const {
    ListCounts counts;
    for (const TestCase& test : tests) {
      ++(test.mismatch == Mismatch::None ? counts.selected_tests : counts.skipped_tests);
      if (test.mismatch == Mismatch::DefaultFilter) ++counts.tests_by_default_filter;
      if (test.mismatch == Mismatch::Rerun) ++counts.tests_by_rerun;
    }
    for (const TestBinary& binary : binaries) {
      ++(binary.skip_reason.empty() ? counts.listed_binaries : counts.skipped_binaries);
      if (binary.mismatch == Mismatch::DefaultFilter) ++counts.binaries_by_default_filter;
    }
    return counts;
  }
};

}  // namespace nextest
