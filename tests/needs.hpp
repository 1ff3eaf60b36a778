// What a test needs of the machine: TEST_CASE("..." * needs(tool("tmux"), pseudo_terminal())). Where something of that
// is not there the test is skipped: doctest lists it as such, so the runner counts it, and --missing tells of it. With
// E2E_REQUIRE_ALL=1 it is not skipped: it fails, and says what it needs.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace machine {

struct Need {
  std::string what;
  std::string packages;  // of Debian, that bring it
  std::function<bool()> is_there;
};

struct Skipped {
  std::string test, what, packages;
};

inline std::vector<Skipped>& skipped_tests() {
  static std::vector<Skipped> list;
  return list;
}

// The body of a test that lacks something, for when it is run all the same.
inline void fail_for_want() {
  const std::string name = doctest::getContextOptions()->currentTest->m_name;
  for (const Skipped& one : skipped_tests()) {
    if (one.test == name) FAIL("this machine lacks what it needs: " << one.what);
  }
}

// doctest applies it when the program starts.
class needs {
 public:
  template <class... Needs>
  explicit needs(Needs... all) : all_{std::move(all)...} {}

  void fill(doctest::detail::TestCase& test) const {
    // A program that is started for one test need not look for what the others need.
    const char* const only = getenv("NEXTEST_TEST_NAME");
    if (only != nullptr && strcmp(only, test.m_name) != 0) return;
    Skipped skipped{test.m_name, "", ""};
    for (const Need& need : all_) {
      if (need.is_there()) continue;
      skipped.what += (skipped.what.empty() ? "" : ", ") + need.what;
      if (!need.packages.empty()) skipped.packages += (skipped.packages.empty() ? "" : " ") + need.packages;
    }
    if (skipped.what.empty()) return;
    const char* const require_all = getenv("E2E_REQUIRE_ALL");
    test.m_skip = require_all == nullptr || strcmp(require_all, "1") != 0;
    test.m_test = fail_for_want;
    skipped_tests().push_back(std::move(skipped));
  }

 private:
  std::vector<Need> all_;
};

// A line for each test that is skipped here: its name, what it lacks, the packages that bring that.
inline int main_of_tests(int argc, char** argv) {
  if (argc != 2 || strcmp(argv[1], "--missing") != 0) return doctest::Context(argc, argv).run();
  for (const Skipped& one : skipped_tests()) {
    printf("%s\t%s\t%s\n", one.test.c_str(), one.what.c_str(), one.packages.c_str());
  }
  return 0;
}

// ---- what there may be to need ----

// Where the shell would find it, or "".
inline std::string path_of_program(const std::string& name) {
  const char* const variable = getenv("PATH");
  const std::string path = variable != nullptr ? variable : "/usr/bin:/bin";
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find(':', at), path.size());
    const std::string file = path.substr(at, end - at) + "/" + name;
    if (access(file.c_str(), X_OK) == 0) return file;
    at = end + 1;
  }
  return "";
}

inline Need tool(const std::string& name, const std::string& package) {
  return {name, package, [name] { return !path_of_program(name).empty(); }};
}
inline Need tool(const std::string& name) { return tool(name, name); }

// A module that Debian's own python3 finds.
inline Need python_module(const std::string& name) {
  return {"python3 with " + name, "python3-" + name, [name] {
            return system(("PATH=/usr/bin:/bin python3 -c 'import " + name + "' > /dev/null 2>&1").c_str()) == 0;
          }};
}

inline Need file(const std::string& path, int access_mode = F_OK) {
  return {path, "", [path, access_mode] { return access(path.c_str(), access_mode) == 0; }};
}
inline Need proc() { return file("/proc/self/environ"); }
inline Need full_device() { return file("/dev/full", W_OK); }

inline Need pseudo_terminal() {
  return {"a pseudo-terminal", "", [] {
            const int ours = posix_openpt(O_RDWR | O_NOCTTY);
            int theirs = -1;
            if (ours >= 0 && grantpt(ours) == 0 && unlockpt(ours) == 0) theirs = open(ptsname(ours), O_RDWR | O_NOCTTY);
            if (theirs >= 0) close(theirs);
            if (ours >= 0) close(ours);
            return theirs >= 0;
          }};
}

inline Need utf8_locale() {
  return {"the locale C.UTF-8", "libc-bin", [] {
            const locale_t locale = newlocale(LC_ALL_MASK, "C.UTF-8", static_cast<locale_t>(nullptr));
            if (locale != static_cast<locale_t>(nullptr)) freelocale(locale);
            return locale != static_cast<locale_t>(nullptr);
          }};
}

}  // namespace machine
