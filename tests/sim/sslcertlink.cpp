// Links between certkeys: leaf to intermediate to the next, which is the chain the appliance sends.
#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "sim/certkey_load.h"
#include "sim/certkeys.h"
#include "sim/listing.h"
#include "sim/resources.h"

namespace sim {
namespace {

constexpr std::size_t kMaxIntermediates = 9;

/// Following the links from `from` leads to `target`.
bool leads_to(const Config& config, const std::string& from, const std::string& target) {
  std::set<std::string> seen;
  for (const Certkey* at = config.certkey(from); at != nullptr && seen.insert(at->name).second;
       at = config.certkey(at->link)) {
    if (at->name == target) return true;
  }
  return false;
}

std::vector<const Certkey*> linked_chain(const Config& config, const Certkey& first) {
  std::vector<const Certkey*> chain;
  std::set<std::string> seen = {first.name};
  for (const Certkey* at = config.certkey(first.link); at != nullptr && seen.insert(at->name).second;
       at = config.certkey(at->link)) {
    chain.push_back(at);
  }
  return chain;
}

Json::Array names_of(const std::vector<const Certkey*>& certkeys) {
  Json::Array names;
  for (const Certkey* certkey : certkeys) {
    names.emplace_back(certkey->name);
  }
  return names;
}

bool possible_issuer(const Certkey& certkey, const Certkey& issuer) {
  return certkey.name != issuer.name && issuer.certificate->subject == certkey.certificate->issuer &&
         is_issued_by(*certkey.certificate, *issuer.certificate);
}

Reply chain_of(State& state, const Call& call) {
  const std::string name = call.key("certkeyname");
  if (name.empty()) return failure(1095, "certkeyName");
  const Certkey* certkey = state.running().certkey(name);
  if (certkey == nullptr) return failure(1540);
  const auto chain = linked_chain(state.running(), *certkey);
  std::vector<const Certkey*> possible;
  for (const auto& [other_name, other] : state.running().certkeys) {
    if (possible_issuer(*certkey, other)) possible.push_back(&other);
  }
  const Certificate& last = chain.empty() ? *certkey->certificate : *chain.back()->certificate;
  Json::Object entry = {{"certkeyname", name}};
  if (!chain.empty()) entry.push_back({"chainlinked", names_of(chain)});
  if (!possible.empty()) entry.push_back({"chainpossiblelinks", names_of(possible)});
  entry.push_back({"chainissuer", last.issuer});
  // A string in captured answers.
  entry.push_back({"chaincomplete", last.self_signed ? "1" : "0"});
  return list_of("sslcertificatechain", {Json(std::move(entry))});
}

Reply link_chain(State& state, const Call& call) {
  Certkey* certkey = state.running().certkey(call.key("certkeyname"));
  if (certkey == nullptr) return failure(1540);
  std::set<std::string> seen;
  bool linked = false;
  while (certkey != nullptr && seen.insert(certkey->name).second && !certkey->certificate->self_signed) {
    for (const auto& [name, other] : state.running().certkeys) {
      if (certkey->link.empty() && possible_issuer(*certkey, other)) {
        certkey->link = name;
        linked = true;
      }
    }
    certkey = state.running().certkey(certkey->link);
  }
  if (linked) state.touch();
  return created();
}

}  // namespace

Reply link_certkey(State& state, const Call& call) {
  const std::string name = call.key("certkey");
  const std::string issuer_name = call.attribute("linkcertkeyname").value_or("");
  if (name.empty()) return failure(1095, "certkeyName");
  if (issuer_name.empty()) return failure(1095, "linkCertKeyName");
  Certkey* certkey = state.running().certkey(name);
  const Certkey* issuer = state.running().certkey(issuer_name);
  if (certkey == nullptr || issuer == nullptr) return failure(1540);
  if (name == issuer_name) return failure(1543);
  // HTTP 409 as seen in ryancbutler/ns-letsencrypt PR #19.
  if (!certkey->link.empty()) return failure(273);
  if (leads_to(state.running(), issuer_name, name)) return failure(1677);
  if (!is_issued_by(*certkey->certificate, *issuer->certificate)) return failure(1548);
  certkey->link = issuer_name;
  state.touch();
  return done();
}

Reply unlink_certkey(State& state, const Call& call) {
  if (call.key("certkey").empty()) return failure(1095, "certkeyName");
  Certkey* certkey = state.running().certkey(call.key("certkey"));
  if (certkey == nullptr) return failure(1540);
  if (certkey->link.empty()) return failure(1545);
  certkey->link.clear();
  state.touch();
  return done();
}

BrokenByUpdate break_incompatible(Config& config, const std::string& name) {
  BrokenByUpdate broken;
  Certkey& updated = *config.certkey(name);
  for (auto& [other_name, certkey] : config.certkeys) {
    if (certkey.link.empty() || (other_name != name && certkey.link != name)) continue;
    const Certkey* issuer = config.certkey(certkey.link);
    if (issuer != nullptr && is_issued_by(*certkey.certificate, *issuer->certificate)) continue;
    certkey.link.clear();
    broken.links = true;
  }
  const auto clashes = [&](const Binding& mine) {
    return std::any_of(config.bindings.begin(), config.bindings.end(), [&](const Binding& other) {
      if (other.certkey == name || other.owner != mine.owner || other.ca || other.sni != mine.sni) return false;
      const Certkey& holder = *config.certkey(other.certkey);
      if (!mine.sni) return holder.certificate->key_type == updated.certificate->key_type;
      return certsync::to_lower(holder.certificate->common_name) ==
             certsync::to_lower(updated.certificate->common_name);
    });
  };
  std::vector<Binding> kept;
  for (const auto& binding : config.bindings) {
    const bool mine = binding.certkey == name && !binding.ca;
    if (mine && binding.sni && updated.certificate->common_name.empty()) {
      broken.sni_nameless = true;
    } else if (mine && clashes(binding)) {
      (binding.sni ? broken.sni_duplicates : broken.bindings) = true;
    } else {
      kept.push_back(binding);
    }
  }
  config.bindings = std::move(kept);
  return broken;
}

Reply add_bundle(State& state, Certkey certkey) {
  const File* file = state.find_file(certkey.cert);
  if (file == nullptr) return failure(1647);
  const auto certificates = parse_certificates(file->content);
  if (certificates.empty()) return failure(3662);
  if (certificates.front()->ca) return failure(3661);
  if (certificates.size() - 1 > kMaxIntermediates) return failure(3665);
  certkey.bundle = true;
  if (certkey.key.empty()) certkey.key = certkey.cert;
  Loaded leaf = load_files(state, certkey, false);
  if (leaf.refused) return *leaf.refused;
  if (state.running().identities.contains(leaf.certificate->identity()))
    return failure(273, "certkeyName Contents, NAME");
  // The intermediates stay when the leaf is deleted, so the bundle cannot be added again
  // (netscaler/ansible-collection-netscaleradc #185).
  for (std::size_t i = 1; i < certificates.size(); ++i) {
    const std::string name = certkey.cert + "_ic" + std::to_string(i);
    if (state.running().certkey(name) != nullptr || state.find_file(name) != nullptr) return failure(3660);
    if (state.running().identities.contains(certificates[i]->identity())) {
      return failure(273, "certkeyName Contents, NAME");
    }
  }
  const std::string leaf_name = certkey.name;
  const std::string file_name = certkey.cert;
  install(state, std::move(certkey), std::move(leaf));
  std::string previous = leaf_name;
  for (std::size_t i = 1; i < certificates.size(); ++i) {
    Certkey intermediate;
    intermediate.name = file_name + "_ic" + std::to_string(i);
    intermediate.cert = intermediate.name;
    state.files.put(state.here->ssl_folder(), intermediate.name, certificate_to_pem(*certificates[i]), state.now());
    const std::string name = intermediate.name;
    install(state, std::move(intermediate), Loaded{certificates[i], nullptr, std::nullopt});
    if (is_issued_by(*certificates[i - 1], *certificates[i])) state.running().certkey(previous)->link = name;
    previous = name;
  }
  state.touch();
  return created();
}

Reply handle_sslcertlink(State& state, const Call& call) {
  if (call.method != "GET") return failure(1240);
  Json::Array items;
  for (const auto& [name, certkey] : state.running().certkeys) {
    if (certkey.link.empty()) continue;
    items.push_back(Json(Json::Object{{"certkeyname", name}, {"linkcertkeyname", certkey.link}}));
  }
  return listing(call, std::move(items));
}

Reply handle_sslcertificatechain(State& state, const Call& call) {
  if (call.method == "GET") return chain_of(state, call);
  if (call.method == "POST") return link_chain(state, call);
  return failure(1240);
}

Reply handle_sslcertchain_binding(State& state, const Call& call) {
  if (call.method != "GET") return failure(1240);
  const std::string name = call.key("certkeyname");
  const Certkey* certkey = state.running().certkey(name);
  if (certkey == nullptr) return failure(1540);
  Json::Object entry = {{"certkeyname", name}};
  Json::Array links;
  for (const Certkey* link : linked_chain(state.running(), *certkey)) {
    links.push_back(Json(Json::Object{{"certkeyname", name},
                                      {"linkcertkeyname", link->name},
                                      {"isca", true},
                                      {"islinked", true},
                                      {"addsubject", link->certificate->subject}}));
  }
  if (!links.empty()) entry.push_back({"sslcertchain_sslcertkey_binding", std::move(links)});
  return list_of(call.resource, {Json(std::move(entry))});
}

}  // namespace sim
