#include "engine/verify.h"

#include "base/parallel.h"

namespace certsync::engine {
namespace {

struct Look {
  std::size_t certkey = 0;
  ports::ProbeTarget target;
  ports::ProbeResult result;
};

std::vector<Look> looks_for(std::size_t index, const plan::WantedCertKey& wanted,
                            const std::map<std::string, std::string>& addresses) {
  const auto& spec = wanted.sync->spec;
  const auto& leaf = *wanted.chain->leaf;
  std::vector<Look> looks;
  for (const auto& endpoint : spec.verification.endpoints) {
    looks.push_back({index, {endpoint.address, endpoint.server_name, leaf.key_type, spec.verification.timeout}, {}});
  }
  if (!spec.verification.endpoints.empty()) return looks;
  for (const auto& binding : spec.bindings) {
    if (binding.target.kind != model::TargetKind::VirtualServer) continue;
    const auto address = addresses.find(binding.target.name);
    if (address == addresses.end()) continue;
    const std::string name = binding.role == model::Role::Sni ? probe_name(leaf) : "";
    looks.push_back({index, {address->second, name, leaf.key_type, spec.verification.timeout}, {}});
  }
  return looks;
}

std::string endpoint_of(const ports::ProbeTarget& target) {
  return target.server_name.empty() ? target.address : target.address + "/" + target.server_name;
}

// Served = the wanted leaf, then the wanted intermediates in order; a root after them does no harm.
std::string difference(const plan::WantedCertKey& wanted, const ports::ProbeResult& result) {
  const auto& chain = *wanted.chain;
  if (result.chain_sha256.empty()) return "no certificate was shown";
  if (result.chain_sha256.front() != chain.leaf->sha256) {
    return "another certificate (sha256 " + result.chain_sha256.front().substr(0, 16) + "…) is served";
  }
  if (wanted.sync->spec.chain == model::ChainPolicy::Omit) return "";
  for (std::size_t i = 0; i < chain.intermediates.size(); ++i) {
    if (i + 1 >= result.chain_sha256.size() || result.chain_sha256[i + 1] != chain.intermediates[i]->sha256) {
      return "the chain lacks '" + chain.intermediates[i]->subject + "'";
    }
  }
  return "";
}

void judge(const std::string& appliance, const plan::WantedCertKey& wanted, const Look& look, Proof& proof) {
  const std::string endpoint = endpoint_of(look.target);
  if (!look.result.reached) {
    if (proof.verdict != plan::Verdict::Different) {
      proof.verdict = plan::Verdict::Unreachable;
      proof.message = endpoint + ": " + look.result.failure;
    }
    return;
  }
  if (!look.result.chain_sha256.empty()) proof.shown[endpoint] = look.result.chain_sha256.front();
  const std::string differs = difference(wanted, look.result);
  proof.served.push_back({appliance, endpoint, differs.empty()});
  if (!look.result.chain_sha256.empty()) proof.served_dates = {look.result.leaf_not_before, look.result.leaf_not_after};
  if (!differs.empty()) {
    proof.verdict = plan::Verdict::Different;
    proof.message = endpoint + ": " + differs;
  } else if (proof.verdict == plan::Verdict::NoEndpoint) {
    proof.verdict = plan::Verdict::Served;
    proof.message = endpoint + " serves it";
  }
}

}  // namespace

std::string probe_name(const model::Certificate& leaf) {
  std::string name = leaf.common_name.empty() && !leaf.dns_names.empty() ? leaf.dns_names.front() : leaf.common_name;
  if (name.starts_with("*.")) name = "certsync-probe" + name.substr(1);
  return name;
}

std::map<std::string, Proof> verify(const std::string& appliance, const std::vector<plan::WantedCertKey>& certkeys,
                                    const std::map<std::string, std::string>& addresses, ports::Prober& prober,
                                    const Clock& clock, std::stop_token stop) {
  std::map<std::string, Proof> proofs;
  std::vector<Look> looks;
  for (std::size_t i = 0; i < certkeys.size(); ++i) {
    auto& proof = proofs[certkeys[i].name];
    proof.at = clock.now();
    if (certkeys[i].sync->spec.verification.mode == model::VerificationMode::Off) continue;
    proof.verdict = plan::Verdict::NoEndpoint;
    proof.message = "nowhere to look: no binding has an address of its own, and spec.verification.endpoints is empty";
    auto more = looks_for(i, certkeys[i], addresses);
    looks.insert(looks.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  in_parallel(looks.size(), kParallelProbes,
              [&](std::size_t i) { looks[i].result = prober.probe(looks[i].target, stop); });
  for (const auto& look : looks)
    judge(appliance, certkeys[look.certkey], look, proofs[certkeys[look.certkey].name]);
  return proofs;
}

}  // namespace certsync::engine
