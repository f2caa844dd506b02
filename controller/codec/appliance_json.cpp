#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "codec/fields.h"
#include "codec/objects.h"
#include "codec/parts.h"

namespace certsync::codec {
namespace {

using model::ApplianceSpec;
using model::GrantFrom;
using model::SaveConfig;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::size_t kMostEndpoints = 2;
constexpr std::size_t kMostFingerprints = 4;
constexpr std::size_t kMostGrants = 64;
constexpr std::size_t kMostGrantEntries = 256;
constexpr std::size_t kLongestTarget = 127;
constexpr std::size_t kLargestBundle = 256 * 1024;
constexpr std::string_view kFingerprintPrefix = "sha256:";
constexpr std::size_t kFingerprintDigits = 64;

std::string https_endpoint(std::string_view text) {
  std::string wrong = "must be https://host or https://host:port, without path, user or query";
  constexpr std::string_view kScheme = "https://";
  if (!text.starts_with(kScheme)) return wrong;
  std::string host(text.substr(kScheme.size()));
  // A port is optional here; everything else is the rule for host:port.
  const bool has_port = host.find(':', host.find(']') == std::string::npos ? 0 : host.find(']')) != std::string::npos;
  if (!has_port) host += ":443";
  return host_and_port(host).empty() ? "" : wrong;
}

std::string pem_bundle(std::string_view text) {
  if (text.empty()) return "";
  if (text.size() > kLargestBundle) return "must be at most 256 KiB";
  const auto begin = text.find("-----BEGIN CERTIFICATE-----");
  const bool whole =
      begin != std::string_view::npos && text.find("-----END CERTIFICATE-----", begin) != std::string_view::npos;
  return whole ? "" : "must be certificates in PEM";
}

std::string certificate_name(std::string_view text) {
  const bool fine =
      text.size() <= kLongestHostName && std::all_of(text.begin(), text.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_' || c == ':';
      });
  return fine ? "" : "must be the name in the certificate";
}

/// "sha256:" and 64 lower-case hex digits; empty when it is something else.
std::string normal_fingerprint(std::string_view text) {
  std::string lower = to_lower(text);
  if (!lower.starts_with(kFingerprintPrefix)) return "";
  std::string digits = lower.substr(kFingerprintPrefix.size());
  // openssl prints colons between bytes: either everywhere or nowhere.
  if (digits.size() == kFingerprintDigits + kFingerprintDigits / 2 - 1) {
    std::string packed;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      if (i % 3 != 2) packed += digits[i];
      if (i % 3 == 2 && digits[i] != ':') return "";
    }
    digits = packed;
  }
  const bool hex = digits.size() == kFingerprintDigits && std::all_of(digits.begin(), digits.end(), [](char c) {
                     return std::isxdigit(static_cast<unsigned char>(c)) != 0;
                   });
  return hex ? std::string(kFingerprintPrefix) + digits : "";
}

std::string fingerprint(std::string_view text) {
  return normal_fingerprint(text).empty() ? "must be sha256: and 64 hex digits" : "";
}

/// As they are compared: with the port, in lower case.
std::string whole_endpoint(const std::string& endpoint) {
  const auto digits = endpoint.find_last_not_of("0123456789");
  const bool has_port = digits + 1 < endpoint.size() && endpoint[digits] == ':';
  return to_lower(has_port ? endpoint : endpoint + ":443");
}

void read_endpoints(Fields& spec, ApplianceSpec& out) {
  spec.texts("endpoints", kMostEndpoints, out.endpoints, https_endpoint);
  if (!spec.has("endpoints") || out.endpoints.empty()) {
    spec.problem("endpoints", "must name one https:// address, or both of an HA pair");
  } else if (out.endpoints.size() == 2 && whole_endpoint(out.endpoints[0]) == whole_endpoint(out.endpoints[1])) {
    spec.problem("endpoints", "must be two different addresses, one for each node of the HA pair");
  }
}

void read_tls(Fields& tls, model::ApplianceTls& out) {
  tls.text("caBundle", out.ca_bundle, pem_bundle);
  tls.text("serverName", out.server_name, certificate_name);
  tls.distinct_texts("fingerprints", kMostFingerprints, out.fingerprints, fingerprint);
  for (auto& pin : out.fingerprints)
    pin = normal_fingerprint(pin);
  tls.flag("insecureSkipVerify", out.insecure_skip_verify);
}

/// As NetScaler takes names (error 1075); empty = the default partition.
std::string partition_name(std::string_view text) {
  constexpr std::size_t kLongest = 63;
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_#. :@=-").find(c) != std::string::npos;
  };
  const bool fine = text.empty() || (text.size() <= kLongest && std::all_of(text.begin(), text.end(), allowed) &&
                                     (std::isalnum(static_cast<unsigned char>(text.front())) != 0 || text[0] == '_'));
  return fine ? "" : "must begin with a letter, digit or _ and hold only letters, digits, blanks and _ # . : @ = -";
}

/// As long as a name may be; * and ? stand for characters of it.
std::string target_glob(std::string_view text) {
  const bool printable =
      std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return !text.empty() && text.size() <= kLongestTarget && printable ? "" : "must be 1 to 127 characters";
}

std::string role_word(std::string_view text) {
  return text == "default" || text == "sni" ? "" : "must be default or sni";
}

void read_granted_namespaces(Fields& fields, const Problems& problems, model::Grant& out) {
  const auto before = problems.size();
  fields.choice<GrantFrom>("from", out.from,
                           {{"All", GrantFrom::All}, {"Selector", GrantFrom::Selector}, {"Names", GrantFrom::Names}});
  if (!fields.has("from")) fields.problem("from", "must be given");
  const bool known = problems.size() == before;
  const auto selector = decode_selector(fields, "selector");
  fields.distinct_texts("names", kMostGrantEntries, out.names, dns_label);
  out.selector = selector.value_or(model::LabelSelector{});
  if (!known) return;
  if (fields.has("selector") != (out.from == GrantFrom::Selector)) {
    fields.problem("selector",
                   fields.has("selector") ? "is only for from Selector" : "must be given with from Selector");
  }
  if (fields.has("names") && out.from != GrantFrom::Names) fields.problem("names", "is only for from Names");
  if (out.from == GrantFrom::Names && out.names.empty()) fields.problem("names", "must name a namespace");
}

void read_grant(Fields& fields, const Problems& problems, model::Grant& out) {
  fields.object("namespaces", [&](Fields& namespaces) { read_granted_namespaces(namespaces, problems, out); });
  if (!fields.has("namespaces")) fields.problem("namespaces", "must be given");
  fields.distinct_texts("targets", kMostGrantEntries, out.targets, target_glob);
  std::vector<std::string> roles;
  fields.distinct_texts("roles", 2, roles, role_word);
  if (!fields.has("roles")) roles = {"default", "sni"};
  if (roles.empty()) fields.problem("roles", "must name default, sni or both");
  for (const auto& role : roles)
    out.roles.insert(role == "sni" ? model::Role::Sni : model::Role::Default);
  fields.flag("adopt", out.adopt);
}

/// With a problem among them nothing is granted: a mistyped limit must not open what it was to close.
void read_grants(Fields& spec, Dialect dialect, const Problems& problems, ApplianceSpec& out) {
  const auto before = problems.size();
  spec.objects("grants", kMostGrants, [&](Fields& fields) { read_grant(fields, problems, out.grants.emplace_back()); });
  const bool sound = problems.size() == before;
  if (!sound) out.grants.clear();
  out.open_to_all = dialect == Dialect::Standalone && sound && out.grants.empty();
}

void read_spec(Fields& spec, Dialect dialect, const Problems& problems, ApplianceSpec& out) {
  read_endpoints(spec, out);
  spec.object("credentialsSecretRef", [&](Fields& ref) { ref.text("name", out.credentials_secret, dns_subdomain); });
  if (!spec.has("credentialsSecretRef")) {
    spec.problem("credentialsSecretRef", "must name a Secret of type kubernetes.io/basic-auth");
  } else if (out.credentials_secret.empty()) {
    spec.problem("credentialsSecretRef.name", "must be given");
  }
  spec.object("tls", [&](Fields& tls) { read_tls(tls, out.tls); });
  spec.text("partition", out.partition, partition_name);
  spec.choice<SaveConfig>(
      "saveConfig", out.save_config,
      {{"Always", SaveConfig::Always}, {"WhenOurs", SaveConfig::WhenOurs}, {"Never", SaveConfig::Never}});
  spec.duration("resyncPeriod", out.resync_period, 5s, 24h);
  spec.duration("requestTimeout", out.request_timeout, 1s, 10min);
  spec.integer("maxConcurrentRequests", out.max_concurrent_requests, 1, 16);
  spec.duration("deletionTimeout", out.deletion_timeout, 0ms, std::chrono::hours(24 * 366));
  read_grants(spec, dialect, problems, out);
  out.deploy_windows = decode_deploy_windows(spec);
  spec.flag("encryptKeys", out.encrypt_keys);
  spec.flag("suspend", out.suspend);
}

}  // namespace

Result<model::Appliance> decode_appliance(const json& object, Dialect dialect) try {
  model::Appliance appliance;
  auto meta = decode_meta(object, Scope::Cluster, dialect, appliance.problems);
  if (!meta) return tl::unexpected(meta.error());
  appliance.meta = std::move(*meta);
  if (dialect == Dialect::Cluster) appliance.status = decode_appliance_status(status_of(object));
  check_envelope(object, appliance.problems);
  const json& spec = spec_of(object);
  appliance.raw_spec = to_json_text(spec);
  Fields fields(spec, "spec", appliance.problems);
  if (!spec.is_object()) return appliance;
  read_spec(fields, dialect, appliance.problems, appliance.spec);
  fields.finish();
  return appliance;
} catch (const json::exception&) {
  return fail(ErrorKind::Stalled, Reason::SpecInvalid, "the object cannot be read");
}

std::string immutable_change(const ApplianceSpec& before, const ApplianceSpec& after) {
  return before.partition != after.partition ? "spec.partition" : "";
}

}  // namespace certsync::codec
