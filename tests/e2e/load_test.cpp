// An estate of which half is sick: the healthy appliances are not held up. The lags are printed, and no time is
// asserted: those that hang would do so for ten minutes.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>

#include "e2e/child.h"
#include "e2e/estate_folder.h"
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "sim/simulator.h"
#include "support/places.h"
#include "support/sanitized.h"
#include "support/temp_folder.h"
#include "support/test_pki.h"

namespace e2e {
namespace {

using Simulators = std::vector<std::unique_ptr<sim::Simulator>>;

/// More of each kind of sickness than there are workers.
constexpr int kHealthy = support::kSanitized ? 4 : 30;
constexpr int kSick = support::kSanitized ? 3 : 20;
constexpr int kWorkers = support::kSanitized ? 2 : 16;

class Load : public testing::Test {
 protected:
  Load() {
    folder_.write("manifests/nitro.yaml",
                  "apiVersion: v1\nkind: Secret\nmetadata: {name: nitro}\ntype: kubernetes.io/basic-auth\n"
                  "stringData: {username: nsroot, password: nsroot-password}\n");
  }

  sim::Simulator& add(Simulators& boxes, const std::string& name) {
    sim::Options options;
    options.vservers = {{"vs_www", "lb", false}};
    auto& box = *boxes.emplace_back(std::make_unique<sim::Simulator>(options));
    folder_.replace("manifests/appliance-" + name + ".yaml",
                    "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerAppliance\nmetadata:\n  name: " + name +
                        "\n  labels: {tier: edge}\nspec:\n  endpoints: [\"" + box.url() +
                        "\"]\n  credentialsSecretRef: {name: nitro}\n  requestTimeout: 10m\n  tls: {fingerprints: [\"" +
                        box.fingerprint() + "\"]}\n");
    return box;
  }

  /// Writes a new certificate; how long until each of the boxes serves it. Nothing: not within the patience.
  std::optional<std::chrono::milliseconds> renewal(const Simulators& boxes) {
    const auto issued = root_.issue({.common_name = "www.example.com"});
    const auto leaf = certsync::sha256_hex(support::certificate_to_der(issued.certificate_pem));
    const auto quoted = [](const std::string& pem) {
      std::string text;
      for (const char c : pem)
        text += c == '\n' ? "\\n" : std::string(1, c);
      return "\"" + text + "\"";
    };
    const auto began = std::chrono::steady_clock::now();
    folder_.replace(
        "manifests/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: www-tls}\ntype: kubernetes.io/tls\nstringData: {tls.crt: " +
            quoted(issued.certificate_pem) + ", tls.key: " + quoted(issued.key_pem) + "}\n");
    std::size_t done = 0;
    const bool all = until([&] {
      while (done < boxes.size() && served(boxes[done]->endpoint("vs_www")) == leaf)
        ++done;
      return done == boxes.size();
    });
    if (!all) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  }

  support::TempFolder folder_;
  support::Authority root_ = support::Authority::root("Load Root");
};

TEST_F(Load, TheSickHoldUpNobody) {
  Simulators healthy;
  for (int i = 0; i < kHealthy; ++i)
    add(healthy, "healthy-" + std::to_string(i));
  folder_.write("manifests/sync.yaml",
                "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: www}\nspec:\n"
                "  secretRef: {name: www-tls}\n  applianceSelector: {matchLabels: {tier: edge}}\n"
                "  bindings: [{virtualServer: vs_www}]\n");
  Child child({support::program("certsync"), "run", "--manifests", folder_ / "manifests", "--owner-id", "e2e",
               "--workers", std::to_string(kWorkers), "--log-level", "error", "--metrics-address", "127.0.0.1:0",
               "--health-address", "127.0.0.1:0", "--status-dir", folder_ / "status"});
  ASSERT_TRUE(renewal(healthy)) << child.output();
  const auto alone = renewal(healthy);
  ASSERT_TRUE(alone) << child.output();

  Simulators hanging;
  Simulators dead;
  Simulators refusing;
  for (int i = 0; i < kSick; ++i) {
    const std::string number = std::to_string(i);
    add(hanging, "hanging-" + number).faults().add({.kind = sim::FaultKind::Hang, .times = -1});
    add(dead, "dead-" + number).stop_listening();
    add(refusing, "refusing-" + number)
        .faults()
        .add({.kind = sim::FaultKind::Errorcode, .times = -1, .errorcode = 2138});
  }
  const auto hang = [&] {
    return std::count_if(hanging.begin(), hanging.end(), [](const auto& box) { return box->faults().struck() > 0; });
  };
  ASSERT_TRUE(until([&] { return hang() == kSick; })) << hang() << " of " << kSick << "\n" << child.output();
  const auto among_sick = renewal(healthy);

  ASSERT_TRUE(among_sick) << "held up by the sick";
  std::printf("%d healthy appliances renewed in %lld ms; with %d that hang, %d dead and %d that refuse in %lld ms\n",
              kHealthy, static_cast<long long>(alone->count()), kSick, kSick, kSick,
              static_cast<long long>(among_sick->count()));
  child.signal(SIGKILL);
}

}  // namespace
}  // namespace e2e
