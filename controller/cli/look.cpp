#include "cli/look.h"

#include <algorithm>
#include <atomic>

#include "base/parallel.h"
#include "pki/x509.h"

namespace certsync::cli {
namespace {

constexpr std::size_t kParallelProbes = 8;

// The appliance's own words: rsaEncryption, id-ecPublicKey.
model::KeyType key_type(const model::InstalledCertKey& certkey) {
  if (certkey.public_key.find("rsa") != std::string::npos) return model::KeyType::Rsa;
  return certkey.public_key.find("ec") != std::string::npos ? model::KeyType::Ecdsa : model::KeyType::Other;
}

std::string name_to_ask_for(const model::InstalledCertKey& certkey) {
  std::string name = certkey.dns_names.empty() ? "" : certkey.dns_names.front();
  if (name.starts_with("*.")) name = "certsync-probe" + name.substr(1);
  return name;
}

void probe_endpoints(Look& look, ports::Prober& prober, const LookOptions& options, std::stop_token stop) {
  std::vector<ports::ProbeTarget> targets;
  for (const auto& binding : look.state.bindings) {
    if (binding.ca || binding.target.kind != model::TargetKind::VirtualServer) continue;
    const auto address = look.state.addresses.find(binding.target.name);
    const auto certkey = look.state.certkeys.find(binding.certkey);
    if (address == look.state.addresses.end() || certkey == look.state.certkeys.end()) continue;
    const std::string name = binding.sni ? name_to_ask_for(certkey->second) : "";
    if (binding.sni && name.empty()) continue;
    targets.push_back({address->second, name, key_type(certkey->second), options.probe_timeout});
    look.endpoints.push_back(
        {binding.certkey, binding.target.name, address->second + (name.empty() ? "" : "/" + name), {}});
  }
  in_parallel(targets.size(), kParallelProbes,
              [&](std::size_t i) { look.endpoints[i].result = prober.probe(targets[i], stop); });
}

// Older builds tell no alternative names of any certkey; then each file is read, where the account may.
void read_names(Look& look, ports::Appliance& box) {
  const auto& certkeys = look.state.certkeys;
  const bool told =
      std::any_of(certkeys.begin(), certkeys.end(), [](const auto& entry) { return !entry.second.dns_names.empty(); });
  if (told) return;
  for (const auto& [name, certkey] : certkeys) {
    if (certkey.cert_file.empty() || certkey.cert_file.find('/') != std::string::npos) continue;
    const auto content = box.read_file(certkey.cert_file);
    if (!content) {
      if (content.error().reason == Reason::NotAuthorized) return;
      continue;
    }
    const auto certificate = pki::read_first_certificate(*content);
    if (certificate) look.names_from_files[name] = (*certificate)->dns_names;
  }
}

Look look_at_one(const model::Appliance& appliance, const Means& means, const LookOptions& options,
                 std::stop_token stop) {
  Look look;
  look.appliance = appliance.meta.ref.name;
  look.address = appliance.spec.endpoints.empty() ? "" : appliance.spec.endpoints.front();
  const auto box = means.factory.make(appliance);
  box->begin_pass(stop);
  auto state = box->observe({true, true});
  if (state) {
    look.state = std::move(*state);
    read_names(look, *box);
  } else {
    look.error = state.error();
  }
  box->logout();
  if (!look.error && options.probe) probe_endpoints(look, means.prober, options, stop);
  return look;
}

}  // namespace

std::vector<Look> look_at(const std::vector<engine::AppliancePtr>& appliances, const Means& means,
                          const LookOptions& options, std::stop_token stop) {
  std::vector<Look> looks(appliances.size());
  std::atomic<std::size_t> done{0};
  in_parallel(appliances.size(), static_cast<std::size_t>(options.workers), [&](std::size_t i) {
    looks[i] = look_at_one(*appliances[i], means, options, stop);
    const auto count = ++done;
    if (means.progress) means.progress(count);
  });
  return looks;
}

}  // namespace certsync::cli
