#include "app/options.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace certsync::app {
namespace {

class Options : public testing::Test {
 protected:
  ~Options() override {
    for (const char* name : {"CERTSYNC_LOG_LEVEL", "CERTSYNC_MANIFESTS"})
      unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
  }
  // Exit code; what was parsed is in `options_`.
  int parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), {"certsync", "run"});
    const Commands commands = {[this](const RunOptions& options) {
                                 options_ = options;
                                 return 0;
                               },
                               [](const InventoryOptions&) { return 99; }, [](const PlanOptions&) { return 99; },
                               [](const CheckOptions&) { return 99; }, [](const PolicyOptions&) { return 99; }};
    return run_command_line(static_cast<int>(arguments.size()), arguments.data(), commands);
  }
  static void set(const char* name, const char* value) { setenv(name, value, 1); }  // NOLINT(concurrency-mt-unsafe)

  RunOptions options_;
};

TEST_F(Options, HaveTheDocumentedDefaults) {
  EXPECT_EQ(parse({"--manifests", "/etc/certsync"}), 0);

  EXPECT_EQ(options_.manifests, "/etc/certsync");
  // In two parts: the documented defaults are the one place where tests name ports.
  EXPECT_EQ(options_.metrics_address, std::string(":") + "8080");
  EXPECT_EQ(options_.health_address, std::string(":") + "8081");
  EXPECT_EQ(options_.once_timeout, std::chrono::seconds(60));
  EXPECT_EQ(options_.log_level, LogLevel::Info);
  EXPECT_FALSE(options_.once);
  EXPECT_FALSE(options_.read_only);
}

TEST_F(Options, AFlagBeatsTheEnvironmentWhichBeatsTheFile) {
  const support::TempFolder folder;
  folder.write("config.yaml", "manifests: /from/file\nlog-level: error\nworkers: 3\n");
  const std::string config = folder / "config.yaml";
  set("CERTSYNC_LOG_LEVEL", "debug");
  set("CERTSYNC_MANIFESTS", "/from/environment");

  EXPECT_EQ(parse({"--config", config.c_str(), "--manifests", "/from/flag"}), 0);

  EXPECT_EQ(options_.manifests, "/from/flag");
  EXPECT_EQ(options_.log_level, LogLevel::Debug);
  EXPECT_EQ(options_.workers, 3);
}

TEST_F(Options, ABooleanCanComeFromTheFile) {
  const support::TempFolder folder;
  folder.write("config.yaml", "manifests: /m\nread-only: true\nonce: true\n");
  const std::string config = folder / "config.yaml";

  EXPECT_EQ(parse({"--config", config.c_str()}), 0);

  EXPECT_TRUE(options_.read_only);
  EXPECT_TRUE(options_.once);
}

TEST_F(Options, WithoutManifestsItIsTheCluster) {
  EXPECT_EQ(parse({"--kubeconfig", "/k", "--context", "prod", "--watch-namespaces", "team-a, team-b,team-a"}), 0);

  EXPECT_EQ(options_.manifests, "");
  EXPECT_EQ(options_.kubeconfig, "/k");
  EXPECT_EQ(options_.context, "prod");
  EXPECT_EQ(options_.watch_namespaces, (std::vector<std::string>{"team-a", "team-b"}));
  EXPECT_TRUE(options_.leader_elect);
  EXPECT_FALSE(options_.allow_loopback_probes);

  EXPECT_EQ(parse({"--leader-elect=false"}), 0);
  EXPECT_FALSE(options_.leader_elect);
}

TEST_F(Options, BadUsageIsThree) {
  EXPECT_EQ(parse({"--manifests", "/m", "--watch-namespaces", "team-a"}), kBadUsage);
  EXPECT_EQ(parse({"--manifests", "/m", "--kubeconfig", "/k"}), kBadUsage);
  EXPECT_EQ(parse({"--watch-namespaces", "Team_A"}), kBadUsage);
  EXPECT_EQ(parse({"--manifests"}), kBadUsage);
  EXPECT_EQ(parse({"--manifests", "/m", "--no-such-flag"}), kBadUsage);
  EXPECT_EQ(parse({"--manifests", "/m", "--workers", "0"}), kBadUsage);
  EXPECT_EQ(parse({"--manifests", "/m", "--log-format", "xml"}), kBadUsage);
  EXPECT_EQ(parse({"--config", "/no/such/file"}), kBadUsage);
  EXPECT_EQ(parse({"--metrics-tls-cert-file", "/c"}), kBadUsage);
  EXPECT_EQ(parse({"--metrics-tls-key-file", "/k"}), kBadUsage);
  EXPECT_EQ(parse({"--metrics-tls-client-ca-file", "/ca"}), kBadUsage);
  const support::TempFolder folder;
  folder.write("config.yaml", "manifests: /m\ncolour: red\n");
  const std::string config = folder / "config.yaml";
  EXPECT_EQ(parse({"--config", config.c_str()}), kBadUsage);
}

TEST_F(Options, HelpIsNotAnError) {
  EXPECT_EQ(parse({"--help"}), 0);
}

}  // namespace
}  // namespace certsync::app
