// What a GET says about certkeys: the quirks of real answers, such as strings for some numbers and the leading space of
// subject and issuer, are kept.
#include <algorithm>

#include "sim/certkeys.h"
#include "sim/listing.h"
#include "sim/resources.h"

namespace sim {
namespace {

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += ", ";
    text += part;
  }
  return text;
}

Json::Array certificate_types(const Certificate& certificate) {
  if (certificate.ca) return {Json(certificate.self_signed ? "ROOT_CERT" : "INTM_CERT")};
  Json::Array types;
  if (certificate.for_client) types.emplace_back("CLNT_CERT");
  if (certificate.for_server) types.emplace_back("SRVR_CERT");
  if (types.empty()) types.emplace_back("UNKNOWN_CERT");
  return types;
}

std::string status_of(const Certificate& certificate, certsync::TimePoint now) {
  if (now < certificate.valid_from) return "Not yet valid";
  return now > certificate.valid_until ? "Expired" : "Valid";
}

int days_left(const Certificate& certificate, certsync::TimePoint now) {
  return static_cast<int>(std::chrono::floor<std::chrono::days>(certificate.valid_until - now).count());
}

Json entry_of(const State& state, const Certkey& certkey, bool summary) {
  const auto now = state.now();
  const Certificate& certificate = *certkey.certificate;
  Json::Object entry;
  entry.reserve(28);
  entry.push_back({"certkey", certkey.name});
  entry.push_back({"cert", certkey.cert});
  if (!certkey.key.empty()) entry.push_back({"key", certkey.key});
  if (!certkey.fips_key.empty()) entry.push_back({"fipskey", certkey.fips_key});
  entry.push_back({"inform", certkey.inform});
  if (summary) return {std::move(entry)};
  entry.push_back({"signaturealg", certificate.signature_algorithm});
  entry.push_back({"certificatetype", certificate_types(certificate)});
  entry.push_back({"serial", certificate.serial});
  entry.push_back({"issuer", certificate.issuer});
  entry.push_back({"clientcertnotbefore", certificate.not_before});
  entry.push_back({"clientcertnotafter", certificate.not_after});
  entry.push_back({"daystoexpiration", days_left(certificate, now)});
  entry.push_back({"subject", certificate.subject});
  entry.push_back({"publickey", certificate.public_key_algorithm});
  entry.push_back({"publickeysize", certificate.key_bits});
  entry.push_back({"version", certificate.version});
  entry.push_back({"priority", "0"});
  entry.push_back({"status", status_of(certificate, now)});
  entry.push_back({"passcrypt", ""});
  entry.push_back({"data", "0"});
  entry.push_back({"expirymonitor", certkey.monitor ? "ENABLED" : "DISABLED"});
  entry.push_back({"notificationperiod", std::to_string(certkey.notification_days)});
  entry.push_back({"bundle", certkey.bundle ? "YES" : "NO"});
  if (!certkey.link.empty()) entry.push_back({"linkcertkeyname", certkey.link});
  if (!certificate.dns_names.empty()) entry.push_back({"sandns", join(certificate.dns_names)});
  if (!certificate.ip_addresses.empty()) entry.push_back({"sanipadd", join(certificate.ip_addresses)});
  if (state.options.supports_delete_files) entry.push_back({"deletecertkeyfilesonremoval", certkey.delete_files});
  return {std::move(entry)};
}

Json::Array vserver_uses(const Config& config, const std::string& name) {
  Json::Array items;
  for (const auto& binding : config.bindings) {
    if (binding.certkey != name) continue;
    // servername is the vserver; data is a string in captured answers.
    items.push_back(Json(Json::Object{{"certkey", name},
                                      {"servername", binding.owner},
                                      {"vservername", binding.owner},
                                      {"vserver", true},
                                      {"data", "0"},
                                      {"version", 3},
                                      {"ca", binding.ca}}));
  }
  return items;
}

Json::Array service_uses(const Config& config, const std::string& name) {
  Json::Array items;
  for (const auto& [kind, bindings] : config.service_bindings) {
    for (const auto& binding : bindings) {
      if (binding.certkey != name) continue;
      items.push_back(Json(Json::Object{{"certkey", name},
                                        {"servicename", binding.owner},
                                        {"service", kind == "service"},
                                        {"servicegroupname", kind == "service" ? "" : binding.owner},
                                        {"data", "0"},
                                        {"version", 3},
                                        {"ca", binding.ca}}));
    }
  }
  return items;
}

Json aggregate(const State& state, const std::string& name) {
  const Config& config = state.running();
  Json::Object entry = {{"certkey", name}};
  auto vservers = vserver_uses(config, name);
  auto services = service_uses(config, name);
  if (!vservers.empty()) entry.push_back({"sslcertkey_sslvserver_binding", std::move(vservers)});
  if (!services.empty()) entry.push_back({"sslcertkey_service_binding", std::move(services)});
  if (state.options.shows_vpn_global && config.vpn_global.contains(name)) {
    entry.push_back({"sslcertkey_vpnglobal_binding", Json::Array{Json(Json::Object{{"certkey", name}})}});
  }
  return {std::move(entry)};
}

}  // namespace

Reply show_certkeys(State& state, const Call& call) {
  const bool summary = call.view == "summary";
  const std::string name = call.name.empty() ? call.arg("certkey").value_or("") : call.name;
  if (!name.empty()) {
    const Certkey* certkey = state.running().certkey(name);
    if (certkey == nullptr) return failure(1540);
    return listing(call, {entry_of(state, *certkey, summary)});
  }
  Json::Array items;
  items.reserve(state.running().certkeys.size());
  for (const auto& [key, certkey] : state.running().certkeys) {
    items.push_back(entry_of(state, certkey, summary));
  }
  return listing(call, std::move(items));
}

Reply handle_sslcertkey_sslvserver_binding(State& state, const Call& call) {
  if (call.method != "GET") return failure(1240);
  if (call.name.empty()) {
    if (!call.bulk_bindings) return failure(1095, "certkeyName");
    Json::Array all;
    for (const auto& [name, certkey] : state.running().certkeys) {
      for (auto& item : vserver_uses(state.running(), name)) {
        all.push_back(std::move(item));
      }
    }
    return listing(call, std::move(all));
  }
  if (state.running().certkey(call.name) == nullptr) return failure(1540);
  return listing(call, vserver_uses(state.running(), call.name));
}

Reply handle_sslcertkey_service_binding(State& state, const Call& call) {
  if (call.method != "GET") return failure(1240);
  if (call.name.empty()) return failure(1095, "certkeyName");
  if (state.running().certkey(call.name) == nullptr) return failure(1540);
  return listing(call, service_uses(state.running(), call.name));
}

Reply handle_sslcertkey_binding(State& state, const Call& call) {
  if (call.method != "GET") return failure(1240);
  if (call.name.empty()) {
    if (!call.bulk_bindings) return failure(1095, "certkeyName");
    Json::Array all;
    for (const auto& [name, certkey] : state.running().certkeys) {
      all.push_back(aggregate(state, name));
    }
    return listing(call, std::move(all));
  }
  if (state.running().certkey(call.name) == nullptr) return failure(1540);
  return listing(call, {aggregate(state, call.name)});
}

}  // namespace sim
