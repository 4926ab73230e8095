#include <atomic>
#include <future>
#include <random>

#include "core/jobs/background_lane.h"
#include "core/jobs/interactive_lane.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

/// Blocks until the token is stopped.
void until_stopped(std::stop_token stop) {
  std::promise<void> stopped;
  std::stop_callback wake(stop, [&] { stopped.set_value(); });
  stopped.get_future().wait();
}

void no_error(std::exception_ptr) {
  FAIL("a request threw");
}

}  // namespace

TEST_CASE("the newest request wins: waiting ones are replaced, the running one is stopped") {
  InteractiveLane lane(no_error);
  std::promise<void> first_runs;
  std::atomic<int> finished{0};
  std::atomic<bool> skipped_ran{false}, last_ran{false};
  lane.submit([&](std::stop_token stop) {
    first_runs.set_value();
    until_stopped(std::move(stop));
    ++finished;
  });
  first_runs.get_future().wait();
  // The first one is stopped by this; whether this one starts before the next replaces it is a matter of
  // timing, so it is submitted from inside a lock-step: both submissions happen before the worker can look.
  lane.submit([&](std::stop_token stop) {
    skipped_ran = true;
    until_stopped(std::move(stop));
  });
  lane.submit([&](std::stop_token) { last_ran = true; });
  lane.wait_idle();
  CHECK(finished == 1);
  CHECK(last_ran);
  CHECK_FALSE(lane.busy());
}

TEST_CASE("of thousands of requests the last one always completes") {
  InteractiveLane lane(no_error);
  std::atomic<int> completed{-1};
  constexpr int last = 5000;
  for (int i = 0; i <= last; ++i) {
    lane.submit([&completed, i](std::stop_token stop) {
      if (!stop.stop_requested()) completed = i;
    });
  }
  lane.wait_idle();
  CHECK(completed == last);
}

TEST_CASE("a request that throws is reported once and the lane goes on") {
  std::atomic<int> errors{0};
  InteractiveLane lane([&](std::exception_ptr) { ++errors; });
  lane.submit([](std::stop_token) { throw std::runtime_error("no"); });
  lane.wait_idle();
  std::atomic<bool> ran{false};
  lane.submit([&](std::stop_token) { ran = true; });
  lane.wait_idle();
  CHECK(errors == 1);
  CHECK(ran);
}

TEST_CASE("destroying a lane stops what runs and drops what waits") {
  std::atomic<bool> dropped_ran{false};
  std::promise<void> runs;
  {
    InteractiveLane lane(no_error);
    lane.submit([&](std::stop_token stop) {
      runs.set_value();
      until_stopped(std::move(stop));
    });
    runs.get_future().wait();
  }
  {
    BackgroundLane lane;
    std::promise<void> busy;
    lane.submit("long", [&](ProgressSink&, std::stop_token stop) {
      busy.set_value();
      until_stopped(std::move(stop));
    });
    lane.submit("never", [&](ProgressSink&, std::stop_token) { dropped_ran = true; });
    busy.get_future().wait();
  }
  CHECK_FALSE(dropped_ran);
}

TEST_CASE("background jobs run in order and tell how they ended") {
  std::atomic<int> wakes{0};
  BackgroundLane lane([&] { ++wakes; });
  std::vector<int> order;
  const JobId good = lane.submit("good", [&](ProgressSink& sink, std::stop_token) {
    sink.progress("examples", 3, 10);
    sink.note("data form: Dolly");
    sink.warning("two prompts were cut");
    order.push_back(1);
  });
  const JobId bad = lane.submit("bad", [&](ProgressSink&, std::stop_token) {
    order.push_back(2);
    throw Error::bad_input("config.json", "no such field");
  });
  lane.wait_idle();
  CHECK(order == std::vector<int>{1, 2});
  const JobStatus first = *lane.find(good), second = *lane.find(bad);
  CHECK(first.state == JobState::done);
  CHECK(first.done == 3);
  CHECK(first.total == 10);
  CHECK(first.messages == std::vector<std::string>{"data form: Dolly", "warning: two prompts were cut"});
  CHECK(second.state == JobState::failed);
  CHECK(second.error.find("config.json") != std::string::npos);
  CHECK(wakes >= 6);
  CHECK_FALSE(lane.find(99));
}

TEST_CASE("cancelling: a queued job never starts, a running one ends as cancelled") {
  BackgroundLane lane;
  std::promise<void> runs;
  std::atomic<bool> second_ran{false};
  const JobId first = lane.submit("first", [&](ProgressSink&, std::stop_token stop) {
    runs.set_value();
    until_stopped(std::move(stop));
  });
  const JobId second = lane.submit("second", [&](ProgressSink&, std::stop_token) { second_ran = true; });
  runs.get_future().wait();
  CHECK(lane.busy());
  lane.cancel(second);
  lane.cancel(first);
  lane.wait_idle();
  CHECK(lane.find(first)->state == JobState::cancelled);
  CHECK(lane.find(second)->state == JobState::cancelled);
  CHECK_FALSE(second_ran);
  lane.cancel(first);  // no effect on a finished job
  CHECK(lane.find(first)->state == JobState::cancelled);
}
