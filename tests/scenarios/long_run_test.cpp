// Days in the life of an HA pair, at once: renewals, failovers, drift, an appliance that is away, the operator
// restarted and killed. In the end there is no more of anything than there was in the beginning.
#include <cstdio>

#include "scenarios/estate.h"
#include <gtest/gtest.h>
#include <malloc.h>

#include "support/sanitized.h"

namespace scenarios {
namespace {

using namespace std::chrono_literals;

constexpr int kCertificates = support::kSanitized ? 4 : 20;
constexpr auto kDay = support::kSanitized ? 6h : 24h;
constexpr auto kStep = 10min;

class Days : public testing::Test {
 protected:
  Days() {
    std::vector<sim::VserverOptions> servers;
    for (int i = 0; i < kCertificates; ++i)
      servers.push_back({"vs" + std::to_string(i), "lb", false});
    world_.add_pair("edge", servers);
    world_.write_appliance("edge", {"edge-a", "edge-b"}, "");
    world_.write("syncs.yaml", estate_.syncs("edge", kCertificates));
    world_.write("secrets.yaml", estate_.secrets());
    world_.start();
  }

  // The same events each day.
  void live_a_day() {
    for (std::chrono::minutes now{0}; now < kDay; now += kStep) {
      const auto every = [&](std::chrono::minutes period) { return now % period == 0min; };
      if (every(3h)) renew();
      if (every(5h)) world_.pair("edge").fail_over();
      if (every(4h)) drift();
      if (every(6h)) restart(now % 12h == 0min);
      if (every(8h)) world_.box("edge-a").down = true;
      ASSERT_TRUE(world_.settle(30) || world_.box("edge-a").down)
          << world_.message("netscalercertsync", "default/s0", "Ready");
      world_.box("edge-a").down = false;
      world_.clock().advance(kStep);
    }
    ASSERT_TRUE(world_.settle(30));
    // Throttled updates and corrections are over by then.
    world_.clock().advance(2h);
    ASSERT_TRUE(world_.settle(30));
  }

  void drift() {
    world_.box("edge").appliance->in("default").ask("POST", "sslcertkey?action=unlink",
                                                    R"({"sslcertkey":{"certkey":"default_s0"}})");
  }
  void renew() {
    world_.write("secrets.yaml", estate_.secrets());
    ++renewals_;
  }
  void restart(bool gently) {
    if (gently) {
      world_.stop();
    } else {
      world_.kill();
    }
    world_.start();
  }

  struct Count {
    std::size_t files = 0;
    std::size_t certkeys = 0;
    int sessions = 0;
    std::size_t bytes = 0;
  };
  // What a test has collected is not counted.
  Count count() {
    world_.forget_log();
    world_.take_events();
    Count count;
    for (auto& [name, box] : world_.boxes()) {
      box->log.clear();
      const std::string state = box->appliance->state_text();
      for (auto at = state.find("\nfile cs-"); at != std::string::npos; at = state.find("\nfile cs-", at + 1))
        ++count.files;
      for (auto at = state.find("certkey default_"); at != std::string::npos;
           at = state.find("certkey default_", at + 1))
        ++count.certkeys;
      count.sessions += box->appliance->session_count("nsroot");
    }
    count.bytes = mallinfo2().uordblks;
    return count;
  }

  Estate estate_{kCertificates};
  World world_;
  int renewals_ = 0;
};

TEST_F(Days, EndAsTheyBegan) {
  live_a_day();
  const auto first = count();
  live_a_day();
  const auto second = count();

  EXPECT_EQ(world_.outages(), "");
  for (int i = 0; i < kCertificates; ++i)
    EXPECT_EQ(world_.condition("netscalercertsync", "default/s" + std::to_string(i), "Ready"), "True Synced");
  EXPECT_EQ(second.files, first.files);
  EXPECT_EQ(second.certkeys, first.certkeys);
  EXPECT_LE(second.sessions, first.sessions + 4) << "killed processes leave theirs to time out";
  if (!support::kSanitized) {
    EXPECT_LT(second.bytes, first.bytes + (1u << 20));
    std::printf("%d certificates renewed %d times: %zu KiB of heap after a day, %zu KiB after two\n", kCertificates,
                renewals_, first.bytes >> 10, second.bytes >> 10);
  }
}

}  // namespace
}  // namespace scenarios
