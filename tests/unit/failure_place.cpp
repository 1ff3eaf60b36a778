#include "core/report/failure_place.hpp"

#include <doctest/doctest.h>
#include <time.h>

#include <string>

#include "core/harness/table.hpp"

namespace {

using nextest::boost_test_harness;
using nextest::CapturedOutput;
using nextest::catch2_harness;
using nextest::catch2_v2_harness;
using nextest::cpputest_harness;
using nextest::criterion_harness;
using nextest::doctest_harness;
using nextest::FailurePlace;
using nextest::googletest_harness;
using nextest::Harness;
using nextest::libtest_harness;
using nextest::plain_harness;
using nextest::recorded_custom_harness;

// "FILE:LINE: MESSAGE"; without a place "-: MESSAGE".
std::string found(const Harness* harness, const std::string& out, const std::string& err = "") {
  const FailurePlace place = nextest::find_failure_place(*harness, {out, err});
  const std::string where = place.file.empty() ? "-" : place.file + ":" + std::to_string(place.line);
  return where + ": " + place.message;
}

struct Row {
  const Harness* harness;
  const char* output;
  const char* expected;
};

void check(const Row& row) {
  INFO(std::string(row.output));
  CHECK(found(row.harness, row.output) == row.expected);
  CHECK(found(row.harness, "", row.output) == row.expected);
}

// What frameworks really print is what tests/e2e/failure_places.cpp is about. Here: what is not on every machine, and
// what is near to a place and is none.
TEST_CASE("failure place: frameworks") {
  const Row rows[] = {
      {&googletest_harness, "a.cpp:12: Failure\nExpected equality of these values:\n  f()\n    Which is: 3\n  4\n",
       "a.cpp:12: Expected equality of these values: f() is 3, 4"},
      {&googletest_harness, "a.cpp:12: Failure\nFailed\nfirst\nb.cpp:13: Failure\nFailed\nsecond\n",
       "a.cpp:12: Failed, first"},
      {&googletest_harness, "C:\\src\\a b.cpp(12): error: Value of: f()\r\n  Actual: false\r\nExpected: true\r\n",
       "b.cpp:12: Value of: f(), Actual: false, Expected: true"},
      {&googletest_harness, "unknown file: Failure\nC++ exception with description \"a.cpp:3: x\" thrown\n",
       "-: C++ exception with description \"a.cpp:3: x\" thrown"},
      {&googletest_harness, "\x1B[0;31ma.cpp:12: \x1B[mFailure\nFailed\n\x1B[1mred\x1B[0m\n", "a.cpp:12: Failed, red"},
      {&googletest_harness, "a.cpp:12: Failure\nFailed\n[  FAILED  ] A.b (0 ms)\n", "a.cpp:12: Failed"},
      {&googletest_harness, "a.cpp:12: Failure\nFailed\nin SetUpTestSuite\n[ RUN      ] A.b\n",
       "a.cpp:12: Failed, in SetUpTestSuite"},
      {&googletest_harness, "a.cpp:12: Failure\nFailed\nat the end\n[----------] 1 test from A (0 ms total)\n",
       "a.cpp:12: Failed, at the end"},
      {&googletest_harness, "/home/my src/a.cpp:12: Failure\nFailed\n", "/home/my src/a.cpp:12: Failed"},
      {&googletest_harness, "left over /home/my src/a.cpp:12: Failure\nFailed\n", "/home/my src/a.cpp:12: Failed"},
      {&googletest_harness, "left over src/a.cpp:12: Failure\nFailed\n", "src/a.cpp:12: Failed"},
      {&googletest_harness, "a.cpp:12: Failures\na.cpp:x: Failure\n:12: Failure\na.cpp:0: Failure\n", "-: "},
      {&googletest_harness, "a.cpp:99999999999: Failure\na.cpp:4294967295: Failure\n", "a.cpp:4294967295: Failure"},
      {&googletest_harness, "50 %\rb.cpp:12: Failure\n", "b.cpp:12: Failure"},
      {&doctest_harness, "a.cpp(12): FATAL ERROR: test case THREW exception: x\n\n",
       "a.cpp:12: test case THREW exception: x"},
      {&doctest_harness, "a.cpp:12: WARNING: WARN( a ) is NOT correct!\na.cpp:13: MESSAGE: b\n", "-: "},
      {&catch2_harness, "a.cpp:12: FAILED:\n  CHECK( a == b )\nwith expansion:\n  1 == 2\n\nmore\n",
       "a.cpp:12: CHECK( a == b ), with expansion: 1 == 2"},
      {&catch2_v2_harness, "a.cpp:11: FAILED - but was ok:\n  CHECK_NOFAIL( a )\n\na.cpp:12: FAILED:\n  CHECK( b )\n",
       "a.cpp:12: CHECK( b )"},
      {&boost_test_harness, "a.cpp(12): error: in \"s/t\": check a == b has failed [1 != 2]\nnot this\n",
       "a.cpp:12: check a == b has failed [1 != 2]"},
      {&boost_test_harness,
       "unknown location(0): fatal error: in \"t\": std::exception: what\nthere\n"
       "a.cpp(12): last checkpoint\n",
       "a.cpp:12: std::exception: what, there"},
      {&boost_test_harness, "unknown location(0): fatal error: in \"t\": std::exception: what\n",
       "-: std::exception: what"},
      {&cpputest_harness, "a.cpp:12: error: Failure in TEST(A, b)\nb.cpp:3: error:\n\tCHECK(x) failed\n\n",
       "b.cpp:3: CHECK(x) failed"},
      {&cpputest_harness, "a.cpp(12): error: Failure in TEST(A, b)\nb.cpp(3): error:\n\tCHECK(x) failed\n\n",
       "b.cpp:3: CHECK(x) failed"},
      {&criterion_harness, "[----] a.c:12: Assertion Failed\n[----]   \n[----]   said\n[FAIL] a::b: (0.00s)\n",
       "a.c:12: said"},
      {&plain_harness, "a.cpp:12: Failure\na.cpp:12: ERROR: x\na.cpp:12: FAILED:\na.cpp:12:3: error: x\n", "-: "},
      {&recorded_custom_harness, "a.cpp:12: Failure\nAssertion failed: x (a.c: f: 5)\n", "a.c:5: Assertion failed: x"},
  };
  for (const Row& row : rows) check(row);
}

// What follows an empty message is none: not how the framework goes on, and not the next failure.
TEST_CASE("failure place: empty messages stay empty") {
  const std::string rule(79, '=');
  const std::string doctest_end =
      rule + "\n[doctest] test cases: 1 | 0 passed | 1 failed |\n[doctest] Status: FAILURE!\n";
  const std::string catch2_end = rule + "\ntest cases: 1 | 1 failed\nassertions: 1 | 1 failed\n\n";
  const struct {
    const Harness* harness;
    std::string output;
    const char* expected;
  } rows[] = {
      {&doctest_harness, "a.cpp:4: FATAL ERROR: \n\n" + doctest_end, "a.cpp:4: "},
      {&doctest_harness, "a.cpp(4): FATAL ERROR:   \n\n" + doctest_end, "a.cpp:4: "},
      {&doctest_harness, "a.cpp:5: ERROR: \n\na.cpp:6: ERROR: later\n\n" + doctest_end, "a.cpp:5: "},
      {&doctest_harness, "a.cpp:5: ERROR: \n\nprinted by the test\n" + doctest_end, "a.cpp:5: "},
      {&doctest_harness, "a.cpp:5: ERROR: \n\nDidn't fail exactly 2 times so marking it as failed!\n" + doctest_end,
       "a.cpp:5: "},
      {&doctest_harness, "a.cpp:8: FATAL ERROR: \nhello\n\n" + doctest_end, "a.cpp:8: hello"},
      {&doctest_harness, "a.cpp:9: FATAL ERROR: \n  logged: \n\n" + doctest_end, "a.cpp:9: "},
      {&doctest_harness, "a.cpp:9: FATAL ERROR: \n  logged: why\n\n" + doctest_end, "a.cpp:9: logged: why"},
      {&doctest_harness, "a.cpp:9: ERROR: CHECK( a ) is NOT correct!\n  values: CHECK( false )\n  logged: \n\n",
       "a.cpp:9: CHECK( a ) is NOT correct! values: CHECK( false )"},
      {&doctest_harness, "a.cpp:9: ERROR: logged:\nx\n\n", "a.cpp:9: logged: x"},
      {&catch2_harness, "a.cpp:4: FAILED:\n\n" + catch2_end, "a.cpp:4: "},
      {&catch2_harness, "a.cpp:4: FAILED:\n\na.cpp:5: FAILED:\nexplicitly with message:\n  later\n\n", "a.cpp:4: "},
      {&catch2_v2_harness, "a.cpp:4: FAILED:\n\nprinted\n" + catch2_end, "a.cpp:4: "},
      {&catch2_v2_harness, "a.cpp:4: FAILED:\nexplicitly with message:\n    \n\n" + catch2_end, "a.cpp:4: "},
      {&catch2_v2_harness, "a.cpp:4: FAILED:\nexplicitly with message:\n\n\n" + catch2_end, "a.cpp:4: "},
      {&catch2_v2_harness, "a.cpp:4: FAILED:\nexplicitly with message:\n  \nhello\n\n" + catch2_end,
       "a.cpp:4: explicitly with message: hello"},
      {&catch2_v2_harness, "a.cpp:4: FAILED:\n  CHECK( a )\nwith message:\n\n\n" + catch2_end, "a.cpp:4: CHECK( a )"},
      {&googletest_harness, "a.cpp:4: Failure\nFailed\na.cpp:5: Failure\nFailed\nlater\n", "a.cpp:4: Failed"},
      {&googletest_harness, "a.cpp:4: Failure\nFailed\nin TearDown\n[==========] 1 test ran. (0 ms total)\n",
       "a.cpp:4: Failed, in TearDown"},
      {&googletest_harness,
       "unknown file: Failure\n\nUnexpected mock function call - returning directly.\n\na.cpp:9: x",
       "-: Unexpected mock function call - returning directly."},
      {&boost_test_harness, "a.cpp(4): error: in \"s/t\": \na.cpp(5): error: in \"s/t\": later\n", "a.cpp:4: "},
      {&boost_test_harness, "a.cpp(4): fatal error: in \"t\": \n", "a.cpp:4: "},
      {&boost_test_harness, "a.cpp(4): error: in \"t\": open [ here\nprinted\n", "a.cpp:4: open [ here"},
      {&boost_test_harness, "a.cpp(4): error: in \"t\": check a == b has failed [x\ny != z]\nprinted\n",
       "a.cpp:4: check a == b has failed [x, y != z]"},
      {&cpputest_harness, "a.cpp:5: error: Failure in TEST(M, empty)\n\t\n\n - 0 ms\n\nErrors (1 failures)\n",
       "a.cpp:5: "},
      {&cpputest_harness, "a.cpp:5: error: Failure in TEST(M, a)\n\t\nhello\n\n - 0 ms\n", "a.cpp:5: hello"},
      {&criterion_harness, "[----] a.c:3: Assertion Failed\n[FAIL] m::empty: (0.00s)\n", "a.c:3: Assertion Failed"},
  };
  for (const auto& row : rows) check({row.harness, row.output.c_str(), row.expected});
}

// It is no failure of the framework's: the test has passed when the program finds it.
TEST_CASE("failure place: leaked mocks") {
  const std::string leak =
      "m.cpp:20: ERROR: this mock object (used in test G.leaked) should be deleted but never is. Its address is @0x5.\n"
      "m.cpp:21: ERROR: this mock object should be deleted but never is. Its address is @0x6.\n"
      "ERROR: 2 leaked mock objects found at program exit. Expectations on a mock object are verified when it is "
      "gone.\n";
  const std::string place =
      "m.cpp:20: this mock object (used in test G.leaked) should be deleted but never is. Its "
      "address is @0x5.";
  for (const Harness* const harness : {&googletest_harness, &doctest_harness, &catch2_harness, &plain_harness}) {
    CHECK(found(harness, "[       OK ] G.leaked (0 ms)\n\n" + leak) == place);
  }
  CHECK(found(&googletest_harness, leak + "a.cpp:4: Failure\nFailed\nof the test\n") == "a.cpp:4: Failed, of the test");
  CHECK(found(&plain_harness, "m.cpp:20: ERROR: this mock object is mine\n") == "-: ");
}

// What a test returns stands in the last line of standard error that begins so.
TEST_CASE("failure place: an error that a Rust test returns") {
  const std::string failed = "test a ... FAILED\n\nfailures:\n\nfailures:\n    a\n\ntest result: FAILED.\n";
  const std::string panic = "thread 'a' panicked at x.rs:1:1:\ninner\nnote: run with\n";
  const auto in = [&](const std::string& out, const std::string& err) { return found(&libtest_harness, out, err); };
  CHECK(in(failed, "Error: \"no\"\n") == "-: Error: \"no\"");
  CHECK(in(failed, "Error: \"\"\n") == "-: Error: \"\"");
  CHECK(in(failed, "Error: outer\n\nCaused by:\n    inner\n") == "-: Error: outer");
  CHECK(in(failed, "Error: E {\n    a: 1,\n}\n") == "-: Error: E {");
  CHECK(in(failed, "Error: printed\nError: \"real\"\n") == "-: Error: \"real\"");
  CHECK(in("Error: printed\n" + failed, "Error: \"real\"\n") == "-: Error: \"real\"");
  CHECK(in("Error: printed\n" + failed, "") == "-: ");
  CHECK(in(failed, "ParseError: x\n Error: y\n") == "-: ");
  CHECK(in(failed, panic + "Error: \"outer\"\n") == "-: Error: \"outer\"");
  CHECK(in(failed, "Error: printed\n" + panic) == "x.rs:1: panicked: inner");
  CHECK(in(failed, panic + "thread 'a' panicked at y.rs:2:2:\nsecond\n") == "x.rs:1: panicked: inner");
  CHECK(in(failed, "thread 'a' panicked at 'x\nError: y', z.rs:3:1\n") == "z.rs:3: panicked: x, Error: y");
  CHECK(in(failed, "thread 'a' panicked at 'x\nError: y', z.rs:3:1\nnote: x\nError: \"z\"\n") == "-: Error: \"z\"");
  // With both streams in one, the harness has begun the line.
  const auto combined = [](const std::string& text) {
    return nextest::find_failure_place(libtest_harness, {text, "", true}).message;
  };
  CHECK(combined("test a ... Error: \"no\"\nFAILED\n" + failed) == "Error: \"no\"");
  CHECK(combined("test a ... printed\nError: \"no\"\nFAILED\n" + failed) == "Error: \"no\"");
  CHECK(combined("the test a ... Error: \"no\"\nFAILED\n" + failed) == "");
  // A test that ended its program may have printed it.
  CHECK(in("test a ... ", "Error: printed\n") == "-: ");
  CHECK(found(&plain_harness, failed, "Error: printed\n") == "-: ");
}

TEST_CASE("failure place: panics") {
  const Row rows[] = {
      {&libtest_harness, "\nthread 'a::b' (77) panicked at src/lib.rs:5:9:\nfirst\n\nsecond\nnote: run with\n",
       "src/lib.rs:5: panicked: first"},
      {&libtest_harness, "thread 'a' panicked at src/lib.rs:5:9:\nboth\nlines\nnote: run with\n",
       "src/lib.rs:5: panicked: both, lines"},
      {&libtest_harness, "thread 'a' panicked at 'plain: 3', src/lib.rs:5:9\nnote: run with\n",
       "src/lib.rs:5: panicked: plain: 3"},
      {&libtest_harness,
       "thread 'a' panicked at 'assertion failed: `(left == right)`\n  left: `1`,\n right: `2`', src/lib.rs:5:9\n",
       "src/lib.rs:5: panicked: assertion failed: `(left == right)`, left: `1`, right: `2`"},
      {&libtest_harness, "thread 'a' panicked at 'never said where\n\nx', src/lib.rs:5:9\n", "-: "},
      {&libtest_harness,
       "thread 'b' panicked at x.rs:1:1:\nother\n\nthread 'a' panicked at y.rs:2:1:\nown\n\n"
       "failures:\n\nfailures:\n    a\n\ntest result: FAILED\n",
       "y.rs:2: panicked: own"},
      {&libtest_harness,
       "thread 'b' panicked at x.rs:1:1:\nother\n\nthread 'main' panicked at y.rs:2:1:\nown\n\n"
       "failures:\n\nfailures:\n    a\n\ntest result: FAILED\n",
       "y.rs:2: panicked: own"},
      {&libtest_harness,
       "thread 'b' panicked at 'other', x.rs:1:1\nthread 'a' panicked at 'own', y.rs:2:1\n"
       "failures:\n    a\n",
       "y.rs:2: panicked: own"},
      {&libtest_harness, "thread 'b' panicked at x.rs:1:1:\nother\n\nfailures:\n    a\n", "x.rs:1: panicked: other"},
      {&plain_harness, "thread 'main' panicked at src/main.rs:5:9:\nsaid\n", "src/main.rs:5: panicked: said"},
      {&libtest_harness, "nobody panicked at src/lib.rs:5:9:\n", "-: "},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("failure place: any program") {
  const Row rows[] = {
      {&plain_harness, "prog: a.c:5: int f(int): Assertion `x ? y : \"a: b\"' failed.\n",
       "a.c:5: Assertion `x ? y : \"a: b\"' failed."},
      {&plain_harness, "a.c:5: f: Assertion `x' failed.\n", "-: "},  // glibc begins with the program's name
      {&plain_harness, "Assertion failed: 1==2 (/src/m.c: main: 2)\n", "/src/m.c:2: Assertion failed: 1==2"},
      {&plain_harness, "Assertion failed: f (x) (m.cpp: operator(): 2)\n", "m.cpp:2: Assertion failed: f (x)"},
      {&plain_harness, "Assertion failed: (a && \"b\"), function main, file m.c, line 2.\n",
       "m.c:2: Assertion failed: (a && \"b\"), function main"},
      {&plain_harness, "assertion \"a\" failed: file \"m.c\", line 2, function \"main\"\n", "m.c:2: assertion \"a\""},
      {&plain_harness, "assertion \"a\" failed: file \"m.c\", line 2\n", "m.c:2: assertion \"a\""},
      {&plain_harness, "a.cpp:5:7: runtime error: shift exponent 40 is too large for 32-bit type 'int'\n",
       "a.cpp:5: runtime error: shift exponent 40 is too large for 32-bit type 'int'"},
      {&plain_harness, "<unknown>: runtime error: x\n/usr/src/a.cpp: runtime error: y\n", "-: "},
      {&plain_harness,
       "==1==ERROR: AddressSanitizer: stack-buffer-overflow on address 0x7ffd at pc 0x55\nREAD of size 4\n"
       "    #0 0x55 in strlen ../sysdeps/x86/strlen.S:3\n"
       "    #1 0x55 in std::vector<int>::at(unsigned long) /usr/include/c++/12/bits/stl_vector.h:1143\n"
       "    #2 0x55 in (anonymous namespace)::f(int) /home/my src/a.cpp:26:11\n    #3 0x56 in main a.cpp:30\n",
       "/home/my src/a.cpp:26: AddressSanitizer: stack-buffer-overflow"},
      {&plain_harness,
       "WARNING: ThreadSanitizer: data race (pid=17)\n  Write of size 4 at 0x7b by thread T1:\n"
       "    #0 f(void*) src/race.cpp:5 (race+0x1234) (BuildId: 0935)\n",
       "src/race.cpp:5: ThreadSanitizer: data race"},
      {&plain_harness,
       "==1==ERROR: AddressSanitizer: SEGV on unknown address 0x0 (pc 0x1)\n    #0 0x5 in f (/bin/prog+0x12345)\n"
       "    #1 0x5 in main (/bin/prog+0x12399) (BuildId: 12)\nSUMMARY: AddressSanitizer: SEGV (/bin/prog+0x12345) in "
       "f\n",
       "-: "},
      {&plain_harness, "SUMMARY: AddressSanitizer: heap-use-after-free src/a.cpp:26:3 in f()\n",
       "src/a.cpp:26: SUMMARY: AddressSanitizer: heap-use-after-free"},
      {&plain_harness, "    #0 0x55 in f a.cpp:26:11\n#1 main b.cpp:3\n", "-: "},  // no sanitizer said so
      {&plain_harness, "a:1:\nb.c:2: error: x\nc.c:3:4: warning: y\nFile \"d.py\", line 4\n", "-: "},
      {&plain_harness, "", "-: "},
  };
  for (const Row& row : rows) check(row);
}

// A crash is told by where the last assertion was; the program itself may know better.
TEST_CASE("failure place: a crash gives way") {
  const std::string crash = "t.cpp:5: FATAL ERROR: test case CRASHED: SIGABRT - Abort\n";
  CHECK(found(&doctest_harness, crash) == "t.cpp:5: test case CRASHED: SIGABRT - Abort");
  CHECK(found(&doctest_harness, crash, "p: a.c:7: f: Assertion `x' failed.\n") == "a.c:7: Assertion `x' failed.");
  CHECK(found(&doctest_harness, "t.cpp:5: ERROR: CHECK( x ) is NOT correct!\n\n" + crash,
              "a.c:7:1: runtime error: y\n") == "t.cpp:5: CHECK( x ) is NOT correct!");
}

TEST_CASE("failure place: a message is one line of at most 200 bytes") {
  const auto message = [](const std::string& said) {
    return nextest::find_failure_place(doctest_harness, {"a.cpp:1: ERROR: " + said + "\n\n", ""}).message;
  };
  CHECK(message(std::string(300, 'x')) == std::string(200, 'x'));
  CHECK(message(std::string(199, 'x') + "\xC3\xA4") == std::string(199, 'x'));
  CHECK(message(std::string(198, 'x') + "\xC3\xA4y") == std::string(198, 'x') + "\xC3\xA4");
  CHECK(message(std::string(198, 'x') + "\xFF") == std::string(198, 'x'));
  CHECK(message("a\x07\xFF\x1B[31mb\x1B]0;c") ==
        "a \\xFF"
        "b ]0;c");
  for (const std::size_t size : {197u, 198u, 199u, 200u, 201u}) {
    const std::string expected =
        size == 197 ? std::string(197, 'x') + ", y" : std::string(size < 200 ? size : 200, 'x');
    CHECK(message(std::string(size, 'x') + "\ny\nz") == expected);
  }
  // Of a long panic in the old form, too, the place comes after the message.
  CHECK(found(&libtest_harness, "thread 'a' panicked at '" + std::string(300, 'x') + "\ny', a.rs:5:9\n") ==
        "a.rs:5: panicked: " + std::string(190, 'x'));
  CHECK(message("a\n  b\r\n\tc\n\nd") == "a, b, c");
  CHECK(message(std::string(190, 'x') + "\nyyyy\nzzzzzz\nw") == std::string(190, 'x') + ", yyyy, zz");
}

TEST_CASE("failure place: both ends of a long output are looked at") {
  const std::string failure = "src/a.cpp:12: Failure\nFailed\n";
  std::string noise;
  while (noise.size() < 300 * 1024) noise += "a line: of noise, in b.cpp:3\n";
  CHECK(found(&googletest_harness, failure + "\n" + noise + noise) == "src/a.cpp:12: Failed");
  CHECK(found(&googletest_harness, noise + noise + failure) == "src/a.cpp:12: Failed");
  CHECK(found(&googletest_harness, noise + failure) == "src/a.cpp:12: Failed");
  CHECK(found(&googletest_harness, noise + failure + noise) == "-: ");
  // Where the middle was dropped, half a line is none.
  const std::string line = "/src/a.cpp:12: Failure\n";
  const std::string cut = std::string(600 * 1024, '\n') + line + std::string(256 * 1024 - line.size() + 5, '\n');
  CHECK(found(&googletest_harness, cut) == "-: ");
}

TEST_CASE("failure place: time is linear in whatever there is") {
  for (const char* part :
       {"a:1: Assertion `", "\x01x:1: ", "thread 'x' panicked at 'y", "x:1: Failure", ":1)\n (", "\n    #1 (",
        "==1==ERROR: AddressSanitizer: x on ", "\x1B[", " /:1", "', ", "SUMMARY: x:1 in "}) {
    std::string text;
    while (text.size() < 10 * 1024 * 1024) text += part;
    const clock_t before = clock();
    for (const Harness* const harness : {&libtest_harness, &boost_test_harness, &plain_harness}) {
      (void)nextest::find_failure_place(*harness, {text, text});
    }
    INFO(std::string(part));
    CHECK((clock() - before) / CLOCKS_PER_SEC < 20);  // a slow machine; quadratic would take hours
  }
}

}  // namespace
