// Two replicas: whatever happens to them, one of them works and never two write. Certificates go on being issued all
// the time, so that somebody who writes out of turn is caught at it.
#include <condition_variable>
#include <csignal>
#include <iostream>
#include <set>
#include <thread>

#include "cluster/bed.h"

namespace cluster {
namespace {

using namespace std::chrono_literals;

class ClusterLeader : public Bed {
 protected:
  ClusterLeader() {
    // One that a killed process left would have to run out first.
    plane().kubectl({"delete", "lease", "-n", "netscaler-cert-sync", "netscaler-cert-sync", "--ignore-not-found"});
    leaf_ = issue();
    apply_appliance();
    apply_sync();
    apply_sync("  selector: {matchLabels: {stream: \"yes\"}}\n  bindings: []\n", "stream");
    first_ = start_operator();
    EXPECT_TRUE(until([&] { return times_leading(*first_) == 1; })) << first_->output();
    second_ = start_operator();
    EXPECT_NE(second_->wait_for(" standing by "), "") << second_->output();
    EXPECT_TRUE(until([&] { return serves(leaf_); }));
    stream_ = std::jthread([this](const std::stop_token& stop) { issue_on_and_on(stop); });
  }

  ~ClusterLeader() override {
    end_stream();
    for (auto* replica : {&first_, &second_}) {
      if (*replica == nullptr) continue;
      (*replica)->signal(SIGCONT);
      (*replica)->signal(SIGTERM);
      (*replica)->wait();
      if (HasFailure())
        std::cerr << (replica == &first_ ? "--- the first\n" : "--- the second\n") << (*replica)->output();
    }
  }

  void issue_on_and_on(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    while (!stop.stop_requested()) {
      issue("more-" + std::to_string(++streamed_), "stream: \"yes\"");
      std::unique_lock lock(mutex);
      never.wait_for(lock, stop, 500ms, [] { return false; });
    }
  }
  void end_stream() {
    stream_.request_stop();
    if (stream_.joinable()) stream_.join();
  }

  bool installed(const std::string& secret) const {
    return box_->state_text().find(space_ + "_" + secret) != std::string::npos;
  }
  /// A certificate issued from now on is on the appliance.
  bool next_is_installed() {
    const std::string next = "more-" + std::to_string(streamed_ + 1);
    return until([&] { return installed(next); });
  }

  static int times_said(const Child& replica, const std::string& text) {
    const std::string output = replica.output();
    int times = 0;
    for (auto at = output.find(text); at != std::string::npos; at = output.find(text, at + 1))
      ++times;
    return times;
  }
  static int times_leading(const Child& replica) { return times_said(replica, " leading  lease="); }
  static std::string identity(Child& replica) { return replica.wait_for("identity="); }

  std::string holder() {
    return plane()
        .kubectl({"get", "lease", "-n", "netscaler-cert-sync", "netscaler-cert-sync", "-o",
                  "jsonpath={.spec.holderIdentity}"})
        .output;
  }
  std::size_t logins() const {
    const auto entries = box_->log().entries();
    return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(),
                                                  [](const auto& entry) { return entry.target.ends_with("/login"); }));
  }
  /// The sessions that wrote, in their order; one stands there again if it wrote again after another had.
  std::vector<std::string> writers() const {
    std::vector<std::string> sessions;
    for (const auto& entry : box_->log().entries()) {
      if (entry.mutating && (sessions.empty() || sessions.back() != entry.session)) sessions.push_back(entry.session);
    }
    return sessions;
  }

  /// All that was issued is there, by so many writers, one after the other, each with one login.
  void expect_writers(std::size_t count) {
    end_stream();
    for (int i = 1; i <= streamed_; ++i) {
      const std::string name = "more-" + std::to_string(i);
      EXPECT_TRUE(until([&] { return installed(name); })) << name;
    }
    const auto sessions = writers();
    EXPECT_EQ(std::set<std::string>(sessions.begin(), sessions.end()).size(), sessions.size())
        << "two wrote at once: " << testing::PrintToString(sessions);
    EXPECT_EQ(sessions.size(), count);
    EXPECT_EQ(logins(), count) << "a standby logged in";
    std::cout << "[          ] " << streamed_ << " certificates were issued beside it, " << box_->log().mutating()
              << " writes by " << sessions.size() << " sessions\n";
  }

  static void say_duration(const std::string& what, std::chrono::steady_clock::time_point since) {
    const auto took = std::chrono::steady_clock::now() - since;
    std::cout << "[          ] " << what << ": " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count()
              << " ms\n";
  }

  std::string leaf_;
  std::unique_ptr<Child> first_;
  std::unique_ptr<Child> second_;
  std::atomic<int> streamed_{0};
  std::jthread stream_;
};

TEST_F(ClusterLeader, AKilledOneIsFollowedWhenItsTimeIsOver) {
  EXPECT_TRUE(next_is_installed());
  const auto killed = std::chrono::steady_clock::now();
  first_->signal(SIGKILL);
  first_->wait();
  const auto before = writes();

  ASSERT_TRUE(until([&] { return times_leading(*second_) == 1; })) << second_->output();
  say_duration("from SIGKILL to the next leader", killed);
  EXPECT_EQ(holder(), identity(*second_));
  EXPECT_EQ(times_said(*second_, "reading only for a while"), 1);
  ASSERT_TRUE(until([&] { return writes() > before; })) << second_->output();
  say_duration("from SIGKILL to its first write", killed);
  // The lease, and then what a request of the dead one may have taken: no less, whatever the machine does.
  EXPECT_GE(std::chrono::steady_clock::now() - killed, 15s);
  const std::string renewed = issue();
  EXPECT_TRUE(until([&] { return serves(renewed); })) << second_->output();

  expect_writers(2);
}

TEST_F(ClusterLeader, OneThatWakesUpTooLateWritesNothing) {
  // In the middle of a renewal: the update is done, and its answer does not come.
  box_->faults().add({.kind = sim::FaultKind::HangAfter, .target = "action=update"});
  const std::string renewed = issue();
  ASSERT_TRUE(until([&] { return box_->faults().struck() == 1; })) << first_->output();
  first_->signal(SIGSTOP);

  ASSERT_TRUE(until([&] { return times_leading(*second_) == 1; })) << second_->output();
  EXPECT_TRUE(next_is_installed()) << second_->output();
  EXPECT_TRUE(serves(renewed));
  const auto sessions = writers();
  first_->signal(SIGCONT);
  ASSERT_TRUE(until([&] { return times_said(*first_, "the lease is lost") == 1; })) << first_->output();
  ASSERT_TRUE(until([&] { return times_said(*first_, " standing by ") == 1; })) << first_->output();
  EXPECT_TRUE(next_is_installed()) << second_->output();
  const std::string again = issue();
  EXPECT_TRUE(until([&] { return serves(again); })) << second_->output();
  EXPECT_EQ(writers(), sessions);

  EXPECT_EQ(stop(second_), 0);
  ASSERT_TRUE(until([&] { return times_leading(*first_) == 2; })) << first_->output();
  EXPECT_TRUE(next_is_installed()) << first_->output();
  const std::string last = issue();
  EXPECT_TRUE(until([&] { return serves(last); })) << first_->output();

  expect_writers(3);
}

TEST_F(ClusterLeader, OneThatIsAskedToEndHandsOver) {
  EXPECT_TRUE(next_is_installed());
  for (auto* replica : {first_.get(), second_.get()}) {
    EXPECT_EQ(probe(*replica, "/healthz"), "ok");
    EXPECT_EQ(probe(*replica, "/readyz"), "ok") << "a standby is ready to take over";
  }
  const std::string old = holder();
  EXPECT_EQ(old, identity(*first_));
  const auto asked = std::chrono::steady_clock::now();
  first_->signal(SIGTERM);

  ASSERT_TRUE(until([&] { return times_leading(*second_) == 1; })) << second_->output();
  say_duration("from SIGTERM to the next leader", asked);
  // It did not wait for the lease to run out, since that was released; nor for anything else.
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 15s);
  EXPECT_EQ(holder(), identity(*second_));
  EXPECT_EQ(times_said(*second_, "reading only for a while"), 0);
  EXPECT_EQ(times_said(*first_, "the lease is released"), 1) << first_->output();
  EXPECT_EQ(first_->wait(), 0);
  EXPECT_TRUE(next_is_installed()) << second_->output();
  const std::string renewed = issue();
  EXPECT_TRUE(until([&] { return serves(renewed); })) << second_->output();

  expect_writers(2);
}

TEST_F(ClusterLeader, ADeletedLeaseMakesNoSecondWriter) {
  EXPECT_TRUE(next_is_installed());
  for (int times = 0; times < 3; ++times) {
    must({"delete", "lease", "-n", "netscaler-cert-sync", "netscaler-cert-sync"});
    EXPECT_TRUE(until([&] { return holder() == identity(*first_); })) << holder();
    EXPECT_TRUE(next_is_installed()) << first_->output();
  }
  EXPECT_EQ(times_leading(*second_), 0) << second_->output();
  EXPECT_EQ(times_leading(*first_), 1);
  EXPECT_EQ(times_said(*first_, "the lease is lost"), 0);

  // It is the standby's only when the holder is gone and its time over.
  const auto killed = std::chrono::steady_clock::now();
  first_->signal(SIGKILL);
  must({"delete", "lease", "-n", "netscaler-cert-sync", "netscaler-cert-sync"});
  ASSERT_TRUE(until([&] { return times_leading(*second_) == 1; })) << second_->output();
  say_duration("from SIGKILL to the next leader, without a lease", killed);
  EXPECT_EQ(times_said(*second_, "reading only for a while"), 1);

  expect_writers(2);
}

}  // namespace
}  // namespace cluster
