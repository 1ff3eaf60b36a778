#include "core/run/event_stream.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

#include "core/base/fd.hpp"
#include "tests/unit/support.hpp"

namespace {

using namespace nextest;

class Reader final : public EventSink {
 public:
  explicit Reader(std::string& log, const char* name) : log_(log), name_(name) {}
  void on_event(const Event& event) override {
    log_ += name_;
    last = event.at;
  }
  bool flush() override {
    ++flushes;
    return is_readable;
  }
  int waits_for() const override { return behind; }
  Duration flush_within() const override { return within; }

  Duration last{};
  int flushes = 0;
  bool is_readable = true;
  int behind = -1;
  Duration within = forever;

 private:
  std::string& log_;
  const char* name_;
};

struct Stream {
  std::string log;
  EventLoop loop;
  Reader first{log, "1"}, second{log, "2"};
  EventStream events{loop, {&first, &second}};

  // Until the bound of fifty a second lets one more through.
  void wait_for_flush() {
    const int before = first.flushes;
    while (first.flushes == before) {
      support::turn(loop);
      events.flush();
    }
  }
};

TEST_CASE("event_stream: each reader gets each event, in the order of readers, with the time since the start") {
  Stream stream;
  stream.events.emit(InfoFinished());
  CHECK(Duration() <= stream.first.last);
  CHECK(stream.first.last <= stream.events.elapsed());
  CHECK(stream.first.last == stream.second.last);
  stream.events.emit_at(Duration::seconds(7), InfoFinished());
  CHECK(stream.log == "1212");
  CHECK(stream.second.last == Duration::seconds(7));
  const Duration since_start = stream.events.since_start(stream.loop.clock.now());
  CHECK(since_start <= stream.events.elapsed());
}

TEST_CASE("event_stream: flushes are bound, unless one is wanted at once") {
  Stream stream;
  stream.events.flush(true);
  for (int i = 0; i < 3; ++i) stream.events.flush(true);
  CHECK(stream.first.flushes == 4);
  stream.events.flush();  // twenty milliseconds have not passed, or this is the first since
  CHECK(stream.first.flushes <= 5);
  CHECK(stream.second.flushes == stream.first.flushes);
}

TEST_CASE("event_stream: the loop wakes when a reader wants its next flush") {
  Stream stream;
  stream.second.within = Duration::milliseconds(30);
  stream.events.flush(true);
  stream.wait_for_flush();  // else this would wait for ever
  CHECK(stream.second.flushes == 2);
}

TEST_CASE("event_stream: the loop wakes for a reader that is behind, and flushes without a bound until it is not") {
  Stream stream;
  Pipe pipe;
  REQUIRE(open_pipe(pipe) == 0);
  stream.first.behind = pipe.write_end.get();  // which is writable
  CHECK(stream.events.flush(true));
  support::turn(stream.loop);
  CHECK(stream.events.flush());
  CHECK(stream.first.flushes == 2);
  stream.first.behind = -1;
  CHECK_FALSE(stream.events.flush());
  CHECK(stream.first.flushes == 3);
}

TEST_CASE("event_stream: a reader that is behind and cannot be written to wakes nobody") {
  Stream stream;
  Pipe pipe;
  REQUIRE(open_pipe(pipe) == 0);
  REQUIRE(set_nonblocking(pipe.write_end.get()));
  const std::string block(4096, 'x');
  while (::write(pipe.write_end.get(), block.data(), block.size()) > 0) {
  }
  stream.first.behind = pipe.write_end.get();
  stream.second.within = Duration();
  CHECK(stream.events.flush(true));
  struct Timer final : EventLoop::Client {
    void on_deadline() override { is_over = true; }
    bool is_over = false;
  } timer;
  timer.deadline = stream.loop.clock.now() + Duration::milliseconds(100);
  stream.loop.add(timer);
  support::turn(stream.loop);
  CHECK(timer.is_over);  // in one turn
  stream.loop.remove(timer);
}

TEST_CASE("event_stream: one reader that is gone is enough, and stays gone") {
  Stream stream;
  CHECK(stream.events.readable());
  stream.second.is_readable = false;
  stream.events.flush(true);
  CHECK_FALSE(stream.events.readable());
  stream.second.is_readable = true;
  stream.events.flush(true);
  CHECK_FALSE(stream.events.readable());
}

}  // namespace
