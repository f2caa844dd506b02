#include "kube/lease.h"

#include "unit/kube/fake_api.h"
#include "unit/kube/test_sleeper.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/manual_clock.h"
#include "support/quiet_recorder.h"

namespace certsync::kube {
namespace {

using namespace test;
using namespace std::chrono_literals;

const std::string kLease = "/apis/coordination.k8s.io/v1/namespaces/ops/leases/netscaler-cert-sync";

class Election : public testing::Test {
 protected:
  /// Goes like the common one, and shows another time.
  struct Wall final : Clock {
    explicit Wall(const Clock& common_) : common(common_) {}
    TimePoint now() const override { return common.now() + ahead; }
    SteadyPoint steady() const override { return common.steady(); }
    const Clock& common;
    std::chrono::milliseconds ahead{0};
  };
  /// One replica. Time passes for all alike; what its clock on the wall shows is its own affair.
  struct Replica {
    Replica(Election& world, const std::string& name)
        : wall(world.clock_),
          elector({{"ops", "netscaler-cert-sync"}, name}, world.api_, world.clock_, wall, sleeper, world.log_,
                  world.recorder_, [] { return 1.0; }),
          sleeper(world) {}
    bool acquire() { return elector.acquire(sleeper.stop.get_token()); }
    void hold() { elector.hold(sleeper.stop.get_token()); }
    /// The second wait ends it.
    void renew_once() {
      sleeper.waits = 2;
      sleeper.stop = {};
      hold();
    }

    /// Lets the world go on while a replica waits; stops it after so many waits.
    struct Pace final : Sleeper {
      explicit Pace(Election& world_) : world(world_) {}
      bool sleep(std::chrono::milliseconds duration, std::stop_token token) override {
        if (token.stop_requested()) return false;
        world.clock_.advance(duration);
        if (on_wait) on_wait();
        if (--waits == 0) stop.request_stop();
        return !token.stop_requested();
      }
      Election& world;
      std::stop_source stop;
      std::function<void()> on_wait;
      int waits = 1000;
    };

    Wall wall;
    LeaderElector elector;
    Pace sleeper;
  };

  std::string holder() const { return api_.find(kLease)->at("spec").at("holderIdentity"); }
  std::string transitions() const { return api_.find(kLease)->at("spec").at("leaseTransitions").dump(); }

  FakeApi api_;
  support::QuietRecorder recorder_;
  support::ManualClock clock_;
  Logger log_{LogLevel::Error, LogFormat::Text, [](std::string_view) {}};
};

TEST_F(Election, TheFirstTakesALeaseThatIsNotThere) {
  Replica a(*this, "a");

  EXPECT_TRUE(a.acquire());

  EXPECT_EQ(holder(), "a");
  EXPECT_TRUE(a.elector.open());
  EXPECT_LE(a.elector.quiet_for(30s), 0ms);
}

TEST_F(Election, AStandbyWaitsWhileItIsRenewed) {
  Replica a(*this, "a");
  Replica b(*this, "b");
  ASSERT_TRUE(a.acquire());
  b.sleeper.waits = 20;
  b.sleeper.on_wait = [&] { a.renew_once(); };

  EXPECT_FALSE(b.acquire());

  EXPECT_EQ(holder(), "a");
  EXPECT_FALSE(b.elector.open());
}

// What the liveness probe asks: a standby that waits is well, a leader whose renewals hang is not.
TEST_F(Election, AStuckLeaderIsUnwellAndAStandbyIsNot) {
  Replica leader(*this, "a");
  Replica standby(*this, "b");
  ASSERT_TRUE(leader.acquire());
  EXPECT_TRUE(leader.elector.healthy());

  clock_.advance(10min);

  EXPECT_FALSE(leader.elector.healthy());
  EXPECT_TRUE(standby.elector.healthy());
}

TEST_F(Election, ADeadLeaderIsFollowedAfterItsTimeAndThenWaitedFor) {
  Replica a(*this, "a");
  Replica b(*this, "b");
  ASSERT_TRUE(a.acquire());
  const auto died = clock_.steady();

  ASSERT_TRUE(b.acquire());

  EXPECT_EQ(holder(), "b");
  EXPECT_EQ(transitions(), "1");
  EXPECT_GE(clock_.steady() - died, 15s);
  EXPECT_LE(clock_.steady() - died, 17s);
  EXPECT_FALSE(a.elector.open());
  // Whatever the dead one had under way has had its time then.
  EXPECT_EQ(b.elector.quiet_for(30s), 30s);
  clock_.advance(30s);
  EXPECT_LE(b.elector.quiet_for(30s), 0ms);
}

TEST_F(Election, AClockThatJumpsForADayDeposesNobody) {
  for (const auto jump : {24h, -24h}) {
    Replica a(*this, "a");
    Replica b(*this, "b");
    ASSERT_TRUE(a.acquire());
    b.sleeper.waits = 20;
    b.sleeper.on_wait = [&] {
      a.wall.ahead += jump;
      b.wall.ahead -= jump;
      a.renew_once();
    };

    EXPECT_FALSE(b.acquire());

    EXPECT_TRUE(a.elector.open());
    EXPECT_FALSE(b.elector.open());
    a.elector.release(5s);
  }
}

TEST_F(Election, ADeadLeaderIsFollowedInTimeWhateverItsClockShowed) {
  Replica a(*this, "a");
  Replica b(*this, "b");
  a.wall.ahead = 24h;
  ASSERT_TRUE(a.acquire());
  const auto died = clock_.steady();

  ASSERT_TRUE(b.acquire());

  EXPECT_GE(clock_.steady() - died, 15s);
  EXPECT_LE(clock_.steady() - died, 17s);
}

TEST_F(Election, AReleasedLeaseIsTakenAtOnceAndWithoutWaiting) {
  Replica a(*this, "a");
  Replica b(*this, "b");
  ASSERT_TRUE(a.acquire());
  a.elector.release(5s);
  EXPECT_FALSE(a.elector.open());
  const auto released = clock_.steady();

  ASSERT_TRUE(b.acquire());

  EXPECT_EQ(clock_.steady(), released);
  EXPECT_LE(b.elector.quiet_for(30s), 0ms);
}

TEST_F(Election, ALeaderThatWasStoppedForTooLongWritesNothing) {
  Replica a(*this, "a");
  ASSERT_TRUE(a.acquire());
  clock_.advance(10s);

  EXPECT_FALSE(a.elector.open());
  a.hold();
  EXPECT_FALSE(a.elector.leading());
}

TEST_F(Election, AServerThatDoesNotAnswerCostsTheLeaseAfterTheDeadline) {
  Replica a(*this, "a");
  ASSERT_TRUE(a.acquire());
  const auto renewed = clock_.steady();
  for (int i = 0; i < 20; ++i)
    api_.refuse_next(api_error(503));

  a.hold();

  EXPECT_FALSE(a.elector.leading());
  EXPECT_EQ(clock_.steady() - renewed, 10s);
}

TEST_F(Election, OnesOwnLostLeaseIsTakenBackWithoutWaiting) {
  Replica a(*this, "a");
  ASSERT_TRUE(a.acquire());
  for (int i = 0; i < 5; ++i)
    api_.refuse_next(api_error(503));
  a.hold();
  ASSERT_FALSE(a.elector.leading());

  ASSERT_TRUE(a.acquire());

  EXPECT_LE(a.elector.quiet_for(30s), 0ms);
  EXPECT_EQ(transitions(), "0");
}

TEST_F(Election, ADeletedLeaseStaysWithItsHolder) {
  Replica a(*this, "a");
  Replica b(*this, "b");
  ASSERT_TRUE(a.acquire());
  b.sleeper.waits = 3;
  b.sleeper.on_wait = [&] {
    if (b.sleeper.waits == 3) api_.remove(kLease);
    if (b.sleeper.waits != 2) return;
    a.renew_once();
  };

  EXPECT_FALSE(b.acquire());

  EXPECT_EQ(holder(), "a");
  EXPECT_TRUE(a.elector.leading());
}

TEST_F(Election, ARenewalWhoseAnswerIsLostIsFoundOut) {
  Replica a(*this, "a");
  ASSERT_TRUE(a.acquire());
  a.sleeper.waits = 4;
  api_.lose_next_answer = true;

  a.hold();

  EXPECT_TRUE(a.elector.leading());
  EXPECT_TRUE(a.elector.open());
  EXPECT_EQ(transitions(), "0");
}

TEST_F(Election, SomebodyElseInTheRecordIsALossAtOnce) {
  Replica a(*this, "a");
  ASSERT_TRUE(a.acquire());
  auto stolen = *api_.find(kLease);
  stolen["spec"]["holderIdentity"] = "z";
  api_.put(kLease, stolen);

  a.hold();

  EXPECT_FALSE(a.elector.leading());
  EXPECT_EQ(holder(), "z");
}

TEST_F(Election, NothingIsReleasedThatIsSomebodyElses) {
  Replica a(*this, "a");
  ASSERT_TRUE(a.acquire());
  auto stolen = *api_.find(kLease);
  stolen["spec"]["holderIdentity"] = "z";
  api_.put(kLease, stolen);

  a.elector.release(5s);

  EXPECT_EQ(holder(), "z");
}

TEST(Lease, IsReadAsItIsWritten) {
  LeaseRecord record;
  record.holder = "a";
  record.duration = 15s;
  record.acquire_time = "2026-01-01T00:00:00.000000Z";
  record.renew_time = "2026-01-01T00:00:02.000000Z";
  record.transitions = 3;

  const auto again = decode_lease(encode_lease({"ops", "it"}, record));

  ASSERT_TRUE(again);
  EXPECT_EQ(again->holder, "a");
  EXPECT_EQ(again->duration, 15s);
  EXPECT_EQ(again->acquire_time, record.acquire_time);
  EXPECT_EQ(again->renew_time, record.renew_time);
  EXPECT_EQ(again->transitions, 3);
}

}  // namespace
}  // namespace certsync::kube
