// Bindings of certkeys to SSL vservers, services and service groups.
#include <algorithm>

#include "base/encoding.h"
#include "sim/listing.h"
#include "sim/resources.h"

namespace sim {
namespace {

const std::vector<Attribute>& binding_attributes() {
  static const std::vector<Attribute> kKnown = {
      {"vservername", "vServerName"}, {"servicename", "serviceName"}, {"servicegroupname", "serviceGroupName"},
      {"certkeyname", "certkeyName"}, {"snicert", "SNICert"},         {"ca", "CA"},
      {"skipcaname", "skipCAName"},   {"crlcheck", "crlCheck"},       {"ocspcheck", "ocspCheck"}};
  return kKnown;
}

/// netscaler/terraform-provider-citrixadc #1301: SNI together with the flags of a CA binding.
std::optional<Reply> check_flags(bool sni, bool ca, bool crl_check, bool ocsp_check) {
  if (sni && (ca || ocsp_check)) return failure(1093, "ocspCheck, CA");
  if (ocsp_check && !ca) return failure(1093, "ocspCheck, CA");
  if (crl_check && (!ca || sni)) return failure(1093, "crlCheck, CA");
  return std::nullopt;
}

bool same(const Binding& a, const Binding& b) {
  return a.owner == b.owner && a.certkey == b.certkey && a.sni == b.sni && a.ca == b.ca;
}

Json entry_of(const Binding& binding, const std::string& owner_attribute) {
  Json::Object entry = {{owner_attribute, binding.owner}, {"certkeyname", binding.certkey}};
  if (!binding.crl_check.empty()) entry.push_back({"crlcheck", binding.crl_check});
  // CA bindings show Optional without ever having been given it (citrix/terraform-provider-citrixadc #1252).
  if (binding.ca) entry.push_back({"ocspcheck", binding.ocsp_check.empty() ? "Optional" : binding.ocsp_check});
  entry.push_back({"cleartextport", "0"});
  entry.push_back({"ca", binding.ca});
  entry.push_back({"snicert", binding.sni});
  entry.push_back({"skipcaname", binding.skip_ca_name});
  return {std::move(entry)};
}

std::optional<Reply> check_sni(const Config& config, const Vserver& vserver, const Certkey& certkey) {
  if (!config.ssl_settings(vserver).sni) return failure(3627);
  const std::string common_name = certsync::to_lower(certkey.certificate->common_name);
  if (common_name.empty()) return failure(3628);
  for (const auto& other : config.bindings) {
    if (other.owner != vserver.name || !other.sni) continue;
    if (certsync::to_lower(config.certkey(other.certkey)->certificate->common_name) == common_name) {
      return failure(3629);
    }
  }
  return std::nullopt;
}

Binding binding_of(const Call& call, const std::string& owner) {
  Binding binding;
  binding.owner = owner;
  binding.certkey = call.attribute("certkeyname").value_or("");
  binding.sni = call.flag("snicert");
  binding.ca = call.flag("ca");
  binding.skip_ca_name = call.flag("skipcaname");
  binding.crl_check = call.attribute("crlcheck").value_or("");
  binding.ocsp_check = call.attribute("ocspcheck").value_or("");
  return binding;
}

std::optional<Reply> check_bind(State& state, const Call& call, const Binding& binding) {
  if (auto refused = check_flags(binding.sni, binding.ca, !binding.crl_check.empty(), !binding.ocsp_check.empty())) {
    return refused;
  }
  const Certkey* certkey = state.running().certkey(binding.certkey);
  if (certkey == nullptr) return failure(1540);
  if (certkey->builtin) return failure(3722);
  if (binding.ca && !certkey->certificate->ca) return failure(3605);
  if (!binding.ca && !certkey->has_key()) return failure(1547);
  if (!binding.ca && !certkey->certificate->for_server && call.resource.starts_with("sslvserver")) return failure(1547);
  return std::nullopt;
}

/// One default per key type: RSA and ECDSA stand side by side, the same type replaces (Citrix CTX224272). True when
/// there was one.
bool replace_default(const Config& config, std::vector<Binding>& bindings, const Binding& next) {
  const auto type = config.certkey(next.certkey)->certificate->key_type;
  return std::erase_if(bindings, [&](const Binding& other) {
           return other.owner == next.owner && !other.sni && !other.ca &&
                  config.certkey(other.certkey)->certificate->key_type == type;
         }) > 0;
}

Reply bind_vserver(State& state, const Call& call) {
  if (auto refused =
          check_attributes(call, binding_attributes(),
                           {"vservername", "certkeyname", "snicert", "ca", "skipcaname", "crlcheck", "ocspcheck"})) {
    return *refused;
  }
  const std::string owner = call.key("vservername");
  if (owner.empty()) return failure(1095, "vServerName");
  if (auto refused = require(call, {{"certkeyname", "certkeyName"}})) return *refused;
  const Binding binding = binding_of(call, owner);
  Config& config = state.running();
  const Vserver* vserver = config.vserver(owner);
  if (vserver == nullptr) return failure(461);
  if (!vserver->is_ssl()) return failure(1544);
  if (auto refused = check_bind(state, call, binding)) return *refused;
  if (std::any_of(config.bindings.begin(), config.bindings.end(), [&](const auto& b) { return same(b, binding); })) {
    return failure(273);
  }
  const Certkey& certkey = *config.certkey(binding.certkey);
  Reply reply = created();
  if (binding.sni) {
    if (auto refused = check_sni(config, *vserver, certkey)) return *refused;
  } else if (!binding.ca) {
    if (replace_default(config, config.bindings, binding)) reply.warnings.push_back(1546);
  }
  config.bindings.push_back(binding);
  state.touch();
  return reply;
}

/// Unbinds by the flags of the binding: without them it is 1542 (citrix/terraform-provider-citrixadc #1305).
Reply unbind(State& state, const Call& call, std::vector<Binding>& bindings, const std::string& owner) {
  if (auto refused = check_arg_flags(call, {"snicert", "ca", "skipcaname"})) return *refused;
  const std::string certkey = call.arg("certkeyname").value_or("");
  if (certkey.empty()) return failure(1095, "certkeyName");
  Binding wanted;
  wanted.owner = owner;
  wanted.certkey = certkey;
  wanted.sni = call.arg("snicert").value_or("") == "true";
  wanted.ca = call.arg("ca").value_or("") == "true";
  if (auto refused =
          check_flags(wanted.sni, wanted.ca, call.arg("crlcheck").has_value(), call.arg("ocspcheck").has_value())) {
    return *refused;
  }
  if (state.running().certkey(certkey) == nullptr) return failure(1540);
  if (std::erase_if(bindings, [&](const Binding& binding) { return same(binding, wanted); }) == 0) return failure(1542);
  state.touch();
  return done();
}

Reply bind_service(State& state, const Call& call, const Service& service, std::vector<Binding>& bindings) {
  std::vector<std::string> allowed = {"certkeyname", "snicert", "ca", "crlcheck", "ocspcheck"};
  allowed.emplace_back(service.group ? "servicegroupname" : "servicename");
  // Service groups have no skipcaname.
  if (!service.group) allowed.emplace_back("skipcaname");
  if (auto refused = check_attributes(call, binding_attributes(), allowed)) return *refused;
  if (auto refused = require(call, {{"certkeyname", "certkeyName"}})) return *refused;
  if (!service.is_ssl()) return failure(1544);
  const Binding binding = binding_of(call, service.name);
  if (binding.sni) return failure(service.internal ? 3630 : 3805);
  if (auto refused = check_bind(state, call, binding)) return *refused;
  if (std::any_of(bindings.begin(), bindings.end(), [&](const auto& b) { return same(b, binding); })) {
    return failure(273);
  }
  Reply reply = created();
  if (!binding.ca && replace_default(state.running(), bindings, binding)) reply.warnings.push_back(1546);
  bindings.push_back(binding);
  state.touch();
  return reply;
}

Json::Array entries(const std::vector<Binding>& bindings, const std::string& owner, const std::string& attribute) {
  Json::Array items;
  for (const auto& binding : bindings) {
    if (owner.empty() || binding.owner == owner) items.push_back(entry_of(binding, attribute));
  }
  return items;
}

}  // namespace

Reply handle_sslvserver_sslcertkey_binding(State& state, const Call& call) {
  if (call.method == "PUT" || call.method == "POST") {
    if (!call.action.empty()) return failure(1240);
    return bind_vserver(state, call);
  }
  const std::string owner = call.name.empty() ? call.arg("vservername").value_or("") : call.name;
  if (owner.empty() && call.method == "GET" && call.bulk_bindings) {
    return listing(call, entries(state.running().bindings, "", "vservername"));
  }
  if (owner.empty()) return failure(1095, "vServerName");
  if (state.running().vserver(owner) == nullptr) return failure(461);
  if (call.method == "DELETE") return unbind(state, call, state.running().bindings, owner);
  return listing(call, entries(state.running().bindings, owner, "vservername"));
}

Reply handle_sslvserver_binding(State& state, const Call& call) {
  if (call.method != "GET") return failure(1240);
  if (call.name.empty() && !call.bulk_bindings) return failure(1095, "vServerName");
  if (!call.name.empty() && state.running().vserver(call.name) == nullptr) return failure(461);
  Json::Array items;
  for (const auto& vserver : state.running().vservers) {
    if (!vserver.is_ssl() || (!call.name.empty() && vserver.name != call.name)) continue;
    Json::Object entry = {{"vservername", vserver.name}};
    auto bound = entries(state.running().bindings, vserver.name, "vservername");
    if (!bound.empty()) entry.push_back({"sslvserver_sslcertkey_binding", std::move(bound)});
    items.push_back(Json(std::move(entry)));
  }
  return listing(call, std::move(items));
}

Reply handle_sslservice_sslcertkey_binding(State& state, const Call& call) {
  const bool group = call.resource.starts_with("sslservicegroup");
  const std::string attribute = group ? "servicegroupname" : "servicename";
  auto& bindings = state.running().service_bindings[service_kind(group)];
  const std::string owner = call.key(attribute);
  if (owner.empty() && call.method == "GET" && call.bulk_bindings) {
    return listing(call, entries(bindings, "", attribute));
  }
  if (owner.empty()) return failure(1095, group ? "serviceGroupName" : "serviceName");
  const Service* service = state.running().service(owner, group);
  if (service == nullptr) return failure(group ? 463 : 462);
  if (call.method == "DELETE") return unbind(state, call, bindings, owner);
  if (call.method == "GET") return listing(call, entries(bindings, owner, attribute));
  if (!call.action.empty()) return failure(1240);
  return bind_service(state, call, *service, bindings);
}

}  // namespace sim
