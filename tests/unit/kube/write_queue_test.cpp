#include "kube/write_queue.h"

#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace certsync::kube {
namespace {

using namespace std::chrono_literals;
using Outcome = WriteQueue::Outcome;

// Only so that a defect does not hang the tests.
constexpr auto kPatience = 60s;

class Writes : public testing::Test {
 protected:
  ~Writes() override { stop_worker(); }

  void start() {
    worker_ = std::jthread([this](std::stop_token stop) { queue_.run(std::move(stop)); });
  }
  void stop_worker() {
    worker_.request_stop();
    if (worker_.joinable()) worker_.join();
  }
  WriteQueue::Write notes(const std::string& text, Outcome outcome = Outcome::Done) {
    return [this, text, outcome](std::stop_token) {
      std::lock_guard lock(mutex_);
      done_ += text + " ";
      return outcome;
    };
  }
  /// Until the queue has looked at all that is due now.
  void look() {
    std::promise<void> seen;
    queue_.put("look", [&](std::stop_token) {
      seen.set_value();
      return Outcome::Done;
    });
    ASSERT_EQ(seen.get_future().wait_for(kPatience), std::future_status::ready);
  }
  std::string done() {
    std::lock_guard lock(mutex_);
    return done_;
  }

  support::ManualClock clock_;
  WriteQueue queue_{clock_};
  std::mutex mutex_;
  std::string done_;
  std::jthread worker_;
};

/// A write that is under way until it is let go.
struct Held {
  WriteQueue::Write write(Outcome outcome = Outcome::Done) {
    return [this, outcome](std::stop_token) {
      begun.set_value();
      go.get_future().wait();
      return outcome;
    };
  }
  void wait_until_begun() { ASSERT_EQ(begun.get_future().wait_for(kPatience), std::future_status::ready); }
  std::promise<void> begun;
  std::promise<void> go;
};

TEST_F(Writes, TheNewestOfAKeyWins) {
  queue_.put("a", notes("a1"));
  queue_.put("b", notes("b1"));
  queue_.put("a", notes("a2"));
  EXPECT_EQ(queue_.size(), 2u);
  start();

  ASSERT_TRUE(queue_.drain(kPatience));
  EXPECT_EQ(done(), "a2 b1 ");
}

TEST_F(Writes, WhatComesWhileItWaitsIsDoneToo) {
  start();
  for (const char* key : {"a", "b", "c"}) {
    queue_.put(key, notes(key));
    ASSERT_TRUE(queue_.drain(kPatience));
  }
  EXPECT_EQ(done(), "a b c ");
}

TEST_F(Writes, IsTriedAgainWithBackOff) {
  queue_.put("a", notes("a", Outcome::Again));
  start();
  look();
  std::string expected = "a ";
  EXPECT_EQ(done(), expected);

  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    clock_.advance(wait - 1ms);
    look();
    EXPECT_EQ(done(), expected) << "before " << wait.count() << " s";
    clock_.advance(1ms);
    look();
    EXPECT_EQ(done(), expected += "a ") << "after " << wait.count() << " s";
  }
}

TEST_F(Writes, NewsOfATroubledKeyWaitsForTheFirstStepOnly) {
  queue_.put("a", notes("a", Outcome::Again));
  start();
  look();
  for (const auto wait : {1s, 2s, 4s}) {
    clock_.advance(wait);
    look();
  }

  queue_.put("a", notes("news"));
  look();
  EXPECT_EQ(done(), "a a a a ");
  clock_.advance(500ms);
  look();
  EXPECT_EQ(done(), "a a a a news ");
}

TEST_F(Writes, TroubleOfOneKeyHoldsUpNoOther) {
  std::promise<void> failed;
  queue_.put("a", [&](std::stop_token) {
    failed.set_value();
    return Outcome::Again;
  });
  start();
  ASSERT_EQ(failed.get_future().wait_for(kPatience), std::future_status::ready);
  std::promise<void> done;
  queue_.put("b", [&](std::stop_token) {
    done.set_value();
    return Outcome::Done;
  });

  EXPECT_EQ(done.get_future().wait_for(kPatience), std::future_status::ready);
}

TEST_F(Writes, WhatIsNewerThanAFailureReplacesIt) {
  Held held;
  queue_.put("a", held.write(Outcome::Again));
  start();
  held.wait_until_begun();
  queue_.put("a", notes("a2"));
  held.go.set_value();

  ASSERT_TRUE(queue_.drain(kPatience));
  EXPECT_EQ(done(), "a2 ");
}

TEST_F(Writes, WhatIsForgottenIsNotDone) {
  queue_.put("a", notes("a"));
  queue_.put("b", notes("b"));
  queue_.forget("a");
  queue_.forget("never there");
  start();

  ASSERT_TRUE(queue_.drain(kPatience));
  EXPECT_EQ(done(), "b ");
}

TEST_F(Writes, WhatIsForgottenWhileUnderWayIsNotTriedAgain) {
  Held held;
  queue_.put("a", held.write(Outcome::Again));
  start();
  held.wait_until_begun();
  queue_.forget("a");
  held.go.set_value();

  EXPECT_TRUE(queue_.drain(kPatience));
  EXPECT_EQ(queue_.size(), 0u);
}

TEST_F(Writes, ClearForgetsAlsoWhatIsUnderWay) {
  Held held;
  queue_.put("a", held.write(Outcome::Again));
  start();
  held.wait_until_begun();
  queue_.put("b", notes("b"));
  queue_.clear();
  held.go.set_value();

  EXPECT_TRUE(queue_.drain(kPatience));
  EXPECT_EQ(done(), "");
}

TEST_F(Writes, WhatComesAfterAClearIsDone) {
  Held held;
  queue_.put("a", held.write(Outcome::Again));
  start();
  held.wait_until_begun();
  queue_.clear();
  queue_.put("a", notes("a2"));
  held.go.set_value();

  EXPECT_TRUE(queue_.drain(kPatience));
  EXPECT_EQ(done(), "a2 ");
}

TEST_F(Writes, DrainWaitsForWhatIsUnderWay) {
  Held held;
  queue_.put("a", held.write());
  start();
  held.wait_until_begun();

  EXPECT_FALSE(queue_.drain(1ms));
  held.go.set_value();
  EXPECT_TRUE(queue_.drain(kPatience));
}

TEST_F(Writes, NothingBeginsAfterAStop) {
  Held held;
  queue_.put("a", held.write(Outcome::Again));
  queue_.put("b", notes("b"));
  start();
  held.wait_until_begun();
  worker_.request_stop();
  held.go.set_value();
  worker_.join();
  queue_.put("c", notes("c"));

  EXPECT_EQ(done(), "");
}

TEST_F(Writes, AWriteHearsOfTheStop) {
  std::promise<void> begun;
  queue_.put("a", [&](std::stop_token stop) {
    std::promise<void> stopped;
    const std::stop_callback on_stop(stop, [&] { stopped.set_value(); });
    begun.set_value();
    stopped.get_future().wait();
    return Outcome::Again;
  });
  start();
  ASSERT_EQ(begun.get_future().wait_for(kPatience), std::future_status::ready);

  stop_worker();
  EXPECT_EQ(queue_.size(), 0u);
}

TEST_F(Writes, GoesOnAfterAStop) {
  start();
  stop_worker();
  queue_.put("a", notes("a"));
  worker_ = {};
  start();

  EXPECT_TRUE(queue_.drain(kPatience));
  EXPECT_EQ(done(), "a ");
}

TEST_F(Writes, ManyThreadsPutAtOnce) {
  start();
  std::atomic<int> written{0};
  {
    std::vector<std::jthread> putters;
    for (int i = 0; i < 4; ++i) {
      putters.emplace_back([&, i] {
        for (int n = 0; n < 50; ++n) {
          queue_.put(std::to_string(i) + "/" + std::to_string(n), [&](std::stop_token) {
            ++written;
            return Outcome::Done;
          });
        }
      });
    }
  }

  ASSERT_TRUE(queue_.drain(kPatience));
  EXPECT_EQ(written, 200);
}

}  // namespace
}  // namespace certsync::kube
