#include "app/health.h"

#include <gtest/gtest.h>

namespace certsync::app {
namespace {

HealthCheck good(const char* name) {
  return {name, [] { return true; }};
}
HealthCheck bad(const char* name) {
  return {name, [] { return false; }};
}

struct Asked {
  const char* name;
  const char* path;
  HealthChecks checks;
  int status;
  const char* body;
};

class Health : public testing::TestWithParam<Asked> {};

TEST_P(Health, Answers) {
  const auto reply = health_reply(GetParam().checks, GetParam().path);

  EXPECT_EQ(reply.status, GetParam().status);
  EXPECT_EQ(reply.body, GetParam().body);
}

const HealthChecks kWell{{good("workers"), good("leaderElection")}, {good("synced")}};
const HealthChecks kStuck{{good("workers"), bad("leaderElection")}, {good("synced")}};
const HealthChecks kStarting{{good("workers"), good("leaderElection")}, {bad("synced")}};

INSTANTIATE_TEST_SUITE_P(
    All, Health,
    testing::Values(Asked{"Live", "/healthz", kWell, 200, "ok"}, Asked{"Slash", "/healthz/", kWell, 200, "ok"},
                    Asked{"Ping", "/healthz/ping", kStuck, 200, "ok"},
                    Asked{"OneOfThem", "/healthz/workers", kStuck, 200, "ok"},
                    Asked{"StuckLeader", "/healthz", kStuck, 500, "[+]workers ok\n[-]leaderElection failed\n"},
                    Asked{"StuckLeaderIsReady", "/readyz", kStuck, 200, "ok"},
                    Asked{"NotYetReadyIsLive", "/healthz", kStarting, 200, "ok"},
                    Asked{"NotYetReady", "/readyz", kStarting, 500, "[-]synced failed\n"},
                    Asked{"NoSuchCheck", "/healthz/none", kWell, 404, "no check of that name\n"},
                    Asked{"NotBelow", "/healthzz", kWell, 404, "only /healthz and /readyz\n"},
                    Asked{"Elsewhere", "/metrics", kWell, 404, "only /healthz and /readyz\n"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace certsync::app
