#include "core/base/out_of_memory.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdint>
#include <string>

#include "core/base/fd.hpp"
#include "core/base/vector.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::LastDuty;
using support::Ended;
using support::in_a_process;

void say(void* word) { static_cast<void>(nextest::write_all(2, *static_cast<const std::string*>(word))); }

bool is_the_error(const Ended& ended, const std::string& before) {
  return WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 96 &&
         ended.err.compare(0, before.size() + 21, before + "error: out of memory\n") == 0;
}

TEST_CASE("out of memory: one error, and a code of its own") {
  const Ended ended = in_a_process([] { nextest::out_of_memory(); });
  CHECK(is_the_error(ended, ""));
  CHECK(ended.err.find("\n  hint: ") == 20);
  CHECK(ended.err.find('\n', 21) == ended.err.size() - 1);
}

TEST_CASE("out of memory: a vector that cannot grow") {
  CHECK(is_the_error(in_a_process([] { nextest::Vector<int>().reserve(SIZE_MAX); }), ""));
  CHECK(is_the_error(in_a_process([] { nextest::Vector<std::string>().reserve(SIZE_MAX / 2); }), ""));
}

TEST_CASE("out of memory: last duties are done before the word, the newest first, and none of the dead") {
  std::string words[] = {"one\n", "two\n", "three\n", "four\n"};
  const Ended ended = in_a_process([&] {
    const LastDuty one(say, &words[0]);
    {
      const LastDuty two(say, &words[1]);
      const LastDuty three(say, &words[2]);
    }
    const LastDuty four(say, &words[3]);
    nextest::out_of_memory();
  });
  CHECK(is_the_error(ended, "four\none\n"));
}

TEST_CASE("out of memory: duties need not end in the order in which they came") {
  std::string words[] = {"one\n", "two\n", "three\n"};
  const Ended ended = in_a_process([&] {
    const LastDuty* const one = new LastDuty(say, &words[0]);
    const LastDuty* const two = new LastDuty(say, &words[1]);
    const LastDuty* const three = new LastDuty(say, &words[2]);
    delete two;
    delete three;
    const LastDuty again(say, &words[1]);
    nextest::out_of_memory();
    delete one;
  });
  CHECK(is_the_error(ended, "two\none\n"));
}

TEST_CASE("out of memory: a duty that finds no memory either does not begin anew") {
  std::string word = "once\n";
  const Ended ended = in_a_process([&] {
    const LastDuty first(say, &word);
    const LastDuty second([](void*) { nextest::out_of_memory(); }, nullptr);
    nextest::out_of_memory();
  });
  CHECK(is_the_error(ended, "once\n"));
  CHECK(ended.err.find("error: ", 10) == std::string::npos);
}

}  // namespace
