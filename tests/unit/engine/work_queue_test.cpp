#include "engine/work_queue.h"

#include <atomic>
#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/quiet_recorder.h"

namespace certsync::engine {
namespace {

class Queue : public testing::Test {
 protected:
  std::string next() {
    const auto key = queue_.get(stop_.get_token());
    return key ? *key : "stopped";
  }

  support::ManualClock clock_;
  support::QuietRecorder recorder_;
  std::stop_source stop_;
  WorkQueue queue_{"test", clock_, recorder_};
};

TEST_F(Queue, GivesKeysInTheOrderOfTheirComing) {
  queue_.add("a");
  queue_.add("b");

  EXPECT_EQ(next(), "a");
  EXPECT_EQ(next(), "b");
}

TEST_F(Queue, AKeyThatWaitsIsNotAddedTwice) {
  queue_.add("a");
  queue_.add("a");
  next();
  queue_.done("a");

  EXPECT_TRUE(queue_.idle());
}

TEST_F(Queue, AnEventDuringWorkLeadsToExactlyOneMoreRun) {
  queue_.add("a");
  next();
  queue_.add("a");
  queue_.add("a");
  EXPECT_TRUE(queue_.again("a"));

  queue_.done("a");
  EXPECT_EQ(next(), "a");
  queue_.done("a");
  EXPECT_TRUE(queue_.idle());
}

TEST_F(Queue, AnAppointmentComesWhenItIsDue) {
  queue_.add_after("later", std::chrono::seconds(5));
  queue_.add_after("sooner", std::chrono::seconds(2));
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(next(), "sooner");

  clock_.advance(std::chrono::seconds(3));
  EXPECT_EQ(next(), "later");
}

TEST_F(Queue, OfTwoAppointmentsTheEarlierCounts) {
  queue_.add_after("a", std::chrono::seconds(1));
  queue_.add_after("a", std::chrono::seconds(60));
  clock_.advance(std::chrono::seconds(1));

  EXPECT_EQ(next(), "a");
  queue_.done("a");
  EXPECT_TRUE(queue_.idle());
}

TEST_F(Queue, ForgettingCancelsTheAppointment) {
  queue_.add_after("a", std::chrono::seconds(1));
  queue_.forget("a");
  clock_.advance(std::chrono::seconds(1));
  queue_.add("b");

  EXPECT_EQ(next(), "b");
  queue_.done("b");
  EXPECT_TRUE(queue_.idle());
}

TEST_F(Queue, AStopWakesWhoWaits) {
  std::thread stopper([&] { stop_.request_stop(); });

  EXPECT_EQ(next(), "stopped");
  stopper.join();
}

// Four workers, one key added again and again: never worked on by two at a time.
TEST_F(Queue, NeverGivesOneKeyToTwoWorkers) {
  std::atomic<int> working{0};
  std::atomic<int> runs{0};
  std::atomic<bool> twice{false};
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 4; ++i) {
      workers.emplace_back([&] {
        while (auto key = queue_.get(stop_.get_token())) {
          if (++working > 1) twice = true;
          std::this_thread::yield();
          --working;
          ++runs;
          queue_.done(*key);
        }
      });
    }
    while (runs < 200)
      queue_.add("a");
    stop_.request_stop();
  }

  EXPECT_FALSE(twice);
}

// Whoever leaves with a key wakes the next: four keys are worked on at once by the four that waited for them, and a
// fifth is left waiting, whom the stop wakes.
TEST_F(Queue, AllWhoWaitGetToWork) {
  std::latch all_at_work(4);
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 5; ++i) {
      workers.emplace_back([&] {
        if (queue_.get(stop_.get_token())) all_at_work.arrive_and_wait();
      });
    }
    for (const char* key : {"a", "b", "c", "d"})
      queue_.add(key);
    all_at_work.wait();
    stop_.request_stop();
  }
}

TEST_F(Queue, NoMoreThanSoManyAreWorkedOnAtOnce) {
  WorkQueue queue("test", clock_, recorder_, 2);
  for (const char* key : {"a", "b", "c"})
    queue.add(key);
  EXPECT_EQ(queue.get(stop_.get_token()), "a");
  EXPECT_EQ(queue.get(stop_.get_token()), "b");
  std::atomic<bool> had{false};
  std::jthread third([&] {
    EXPECT_EQ(queue.get(stop_.get_token()), "c");
    had = true;
  });
  EXPECT_FALSE(had);

  queue.done("a");

  third.join();
  EXPECT_TRUE(had);
}

TEST_F(Queue, WhoTakesLongHoldsUpNobody) {
  WorkQueue queue("test", clock_, recorder_, 1);
  for (const char* key : {"dead", "b", "c"})
    queue.add(key);
  EXPECT_EQ(queue.get(stop_.get_token()), "dead");

  clock_.advance(WorkQueue::kLong);

  EXPECT_EQ(queue.get(stop_.get_token()), "b");
  clock_.advance(WorkQueue::kLong);
  EXPECT_EQ(queue.get(stop_.get_token()), "c");
  queue.done("dead");
  queue.done("b");
  queue.done("c");
  EXPECT_TRUE(queue.idle());
}

}  // namespace
}  // namespace certsync::engine
