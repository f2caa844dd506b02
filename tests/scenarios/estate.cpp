#include "scenarios/estate.h"

#include <nlohmann/json.hpp>

namespace scenarios {
namespace {

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump();
}

}  // namespace

Estate::Estate(int count)
    : count_(count),
      root_(support::Authority::root("Estate Root")),
      intermediate_(root_.intermediate("Estate CA")),
      key_(support::make_key(support::KeyKind::EcP256)) {}

Leaf Estate::issue(int index) const {
  support::CertificateOptions options;
  options.common_name = "s" + std::to_string(index) + ".example.com";
  options.dns_names = {options.common_name};
  // The world's clock stands at its start.
  options.not_before = certsync::TimePoint(support::ManualClock::kStart) - std::chrono::hours(1);
  options.not_after = certsync::TimePoint(support::ManualClock::kStart) + std::chrono::hours(24 * 90);
  const auto issued = intermediate_.issue_for_key(key_, options);
  return {issued.certificate_pem, key_};
}

std::string Estate::secrets() const {
  std::string text;
  for (int i = 0; i < count_; ++i) {
    const Leaf leaf = issue(i);
    text += "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s" + std::to_string(i) +
            "}\ntype: kubernetes.io/tls\nstringData: {tls.crt: " + quoted(leaf.certificate_pem + intermediate()) +
            ", tls.key: " + quoted(leaf.key_pem) + "}\n";
  }
  return text;
}

std::string Estate::syncs(const std::string& appliance, int virtual_servers) const {
  std::string text;
  for (int i = 0; i < count_; ++i) {
    const std::string number = std::to_string(i);
    text += "---\napiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: s" + number +
            "}\nspec: {secretRef: {name: s" + number + "}, appliances: [{name: " + appliance + "}], bindings: [" +
            (i < virtual_servers ? "{virtualServer: vs" + number + "}" : "") + "]}\n";
  }
  return text;
}

}  // namespace scenarios
