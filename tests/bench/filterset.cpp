// How long 1,000,000 tests in 1,000 binaries take to be chosen by an expression of five predicates, and how that
// compares with looking for one text in every name, which is the least that any choice by name does.
//   g++ -std=c++17 -O2 -I. tests/bench/filterset.cpp -o bench-filterset && ./bench-filterset
#include "core/select/filterset.hpp"

#include <string.h>
#include <time.h>

#include <cstdio>
#include <string>

namespace {

double now() {
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

nextest::TestList make_list() {
  nextest::TestList list;
  constexpr const char* parts[] = {"network", "storage", "parser", "scheduler", "index"};
  for (std::uint32_t b = 0; b < 1000; ++b) {
    nextest::TestBinary binary;
    binary.name = "unit_" + std::to_string(b);
    binary.package = std::string("service-") + parts[b % 5];
    binary.id = binary.package.str() + "::" + binary.name.str();
    list.binaries.push_back(binary);
    for (std::uint32_t t = 0; t < 1000; ++t) {
      nextest::TestCase test;
      test.name = std::string(parts[t % 5]) + "::tests::handles_case_" + std::to_string(t) + "_of_" +
                  parts[(b + t / 5) % 5] + (t % 3 == 0 ? "_slowly" : "");
      test.own_name_size = static_cast<std::uint32_t>(test.name.size());
      test.binary = b;
      list.tests.push_back(test);
    }
  }
  return list;
}

}  // namespace

int main() {
  using nextest::Filterset;
  const nextest::TestList list = make_list();
  constexpr const char* expression =
      "package(service-*) and (test(/^(network|parser)::.*_\\d+_of_\\w+$/) or test(#*::handles_case_?7*_slowly))"
      " - test(~scheduler) and not binary(=unit_3)";
  const double start = now();
  const nextest::Result<Filterset> filterset = Filterset::parse(expression, nextest::FiltersetPlace::CommandLine);
  if (!filterset) {
    std::fprintf(stderr, "%s\n", filterset.error().message.c_str());
    return 1;
  }
  const double parsed = now();
  const nextest::Vector<bool> matching = filterset.value().matches_all(list, {});
  const double chosen = now();
  std::size_t count = 0, found = 0;
  for (const bool matches : matching) count += matches ? 1 : 0;
  const double before_floor = now();
  for (const nextest::TestCase& test : list.tests)
    found += ::memmem(test.name.data(), test.name.size(), "scheduler", 9) != nullptr ? 1 : 0;
  const double after_floor = now();
  const double one_by_one = now();
  std::size_t again = 0;
  for (nextest::TestIndex i = 0; i < list.tests.size(); ++i) again += filterset.value().matches(list, i, {}) ? 1 : 0;
  const double end = now();
  std::printf("%zu of %zu tests match; %s\n", count, list.tests.size(), again == count ? "each way" : "NOT each way");
  std::printf("parsing        %8.1f us\n", (parsed - start) * 1e6);
  std::printf("matches_all    %8.1f ms, %.1f times the floor\n", (chosen - parsed) * 1e3,
              (chosen - parsed) / (after_floor - before_floor));
  std::printf("floor (memmem) %8.1f ms, %zu found\n", (after_floor - before_floor) * 1e3, found);
  std::printf("matches, each  %8.1f ms\n", (end - one_by_one) * 1e3);
  return again == count ? 0 : 1;
}
