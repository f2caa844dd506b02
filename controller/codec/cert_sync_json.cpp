#include <algorithm>
#include <cctype>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "codec/fields.h"
#include "codec/objects.h"
#include "codec/parts.h"
#include "model/naming.h"

namespace certsync::codec {
namespace {

using model::BindingSpec;
using model::CertSyncSpec;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::size_t kMostAppliances = 32;
constexpr std::size_t kMostBindings = 64;
constexpr std::size_t kMostProbeEndpoints = 16;
constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kLongestFipsKey = 63;

/// Names of virtual servers as NetScaler takes them: 1 to 127 characters.
/// https://developer-docs.netscaler.com/en-us/adc-nitro-api/current-release/configuration/lb/lbvserver
std::string virtual_server_name(std::string_view text) {
  const bool printable =
      std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return !text.empty() && text.size() <= 127 && printable ? "" : "must be 1 to 127 characters";
}

std::string file_path(std::string_view text) {
  const bool fine = !text.empty() && text.size() <= kLongestPath && text.find('\0') == std::string_view::npos;
  return fine ? "" : "must be the path of a file";
}

std::string host_name(std::string_view text) {
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("._:-").find(c) != std::string_view::npos;
  };
  return text.size() <= kLongestHostName && std::all_of(text.begin(), text.end(), allowed)
             ? ""
             : "must be a host name of at most 253 letters, digits, '.', '-', '_' and ':'";
}

/// Whether the pattern has the placeholder, with or without blanks inside its braces.
bool has_placeholder(std::string_view pattern, std::string_view key) {
  while (true) {
    const auto open = pattern.find("{{");
    const auto close = open == std::string_view::npos ? open : pattern.find("}}", open);
    if (close == std::string_view::npos) return false;
    if (trim(pattern.substr(open + 2, close - open - 2)) == key) return true;
    pattern.remove_prefix(close + 2);
  }
}

/// As NetScaler takes names of SSL keys; error 1075 lists the characters.
std::string fips_key_name(std::string_view text) {
  const auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  const bool fine = text.empty() || (text.size() <= kLongestFipsKey && plain(text.front()) &&
                                     std::all_of(text.begin(), text.end(), [&](char c) {
                                       return plain(c) || std::string_view("#. :@=-").find(c) != std::string_view::npos;
                                     }));
  return fine
             ? ""
             : "must begin with a letter, digit or _, hold only letters, digits, blanks and _ # . : @ = -, and have at "
               "most 63 characters";
}

void read_source(Fields& source, Dialect dialect, model::SourceSpec& out) {
  source.choice<model::SourceFormat>("format", out.format,
                                     {{"PEM", model::SourceFormat::Pem}, {"PKCS12", model::SourceFormat::Pkcs12}});
  source.text("certificateKey", out.certificate_key, data_key);
  // The name that cert-manager gives its keystores (PKCS12Keystore in
  // https://cert-manager.io/docs/reference/api-docs/). An API server has put in the default for PEM by the time we see
  // the object; nobody keeps a keystore there.
  if (out.format == model::SourceFormat::Pkcs12 && out.certificate_key == "tls.crt")
    out.certificate_key = "keystore.p12";
  source.text("privateKeyKey", out.private_key_key, data_key);
  source.object("passwordSecretRef", [&](Fields& ref) {
    auto& password = out.password.emplace();
    ref.text("name", password.name, dns_subdomain);
    ref.text("key", password.key, data_key);
    if (!ref.has("name")) ref.problem("name", "must be given");
    if (!ref.has("key")) ref.problem("key", "must be given");
  });
  source.text("fipsKey", out.fips_key, fips_key_name);
  if (source.has("files") && dialect == Dialect::Cluster) {
    source.skip("files");
    return source.problem("files", "is for manifests only: a cluster has no such folder");
  }
  source.object("files", [&](Fields& files) {
    out.files.emplace();
    files.text("certificate", out.files->certificate, file_path);
    files.text("privateKey", out.files->private_key, file_path);
    if (!files.has("certificate")) files.problem("certificate", "must be given");
    const bool needs_key = out.format == model::SourceFormat::Pem && out.fips_key.empty();
    if (needs_key && !files.has("privateKey")) files.problem("privateKey", "must be given");
  });
}

void read_wanted_secrets(Fields& spec, Dialect dialect, CertSyncSpec& out) {
  spec.object("secretRef", [&](Fields& ref) {
    ref.text("name", out.secret_name.emplace(), dns_subdomain);
    if (!ref.has("name")) ref.problem("name", "must be given");
  });
  out.selector = decode_selector(spec, "selector");
  spec.object("source", [&](Fields& source) { read_source(source, dialect, out.source); });
  const int given = (out.secret_name ? 1 : 0) + (out.selector ? 1 : 0) + (out.source.files ? 1 : 0);
  if (given == 1) return;
  spec.problem("", dialect == Dialect::Cluster ? "must have exactly one of secretRef and selector"
                                               : "must have exactly one of secretRef, selector and source.files");
}

void read_wanted_appliances(Fields& spec, CertSyncSpec& out) {
  spec.objects("appliances", kMostAppliances, [&](Fields& item) {
    std::string name;
    item.text("name", name, dns_subdomain);
    if (!item.has("name")) item.problem("name", "must be given");
    if (name.empty()) return;
    const bool twice = std::find(out.appliances.begin(), out.appliances.end(), name) != out.appliances.end();
    if (twice) return item.problem("name", name + " is in the list twice");
    out.appliances.push_back(name);
  });
  out.appliance_selector = decode_selector(spec, "applianceSelector");
  if (out.appliances.empty() == !out.appliance_selector.has_value()) {
    spec.problem("", "must have exactly one of appliances and applianceSelector");
  }
}

void read_certkey(Fields& spec, CertSyncSpec& out) {
  auto& certkey = out.certkey;
  spec.object("certKey", [&](Fields& fields) {
    fields.text("name", certkey.name);
    fields.integer("maxNameLength", certkey.max_name_length, 16, 63);
    fields.flag("expiryMonitor", certkey.expiry_monitor);
    fields.integer("notificationPeriodDays", certkey.notification_period_days, 10, 100);
  });
  // A name that NetScaler refuses has a reason of its own (NameRefused), told later and per appliance.
  const auto sample = model::certkey_name(certkey.name, certkey.max_name_length, {"namespace", "secret"}, "name");
  if (!sample && sample.error().reason == Reason::SpecInvalid) {
    constexpr std::string_view kPath = "spec.certKey.name: ";
    std::string_view message = sample.error().message;
    if (message.starts_with(kPath)) message.remove_prefix(kPath.size());
    spec.problem("certKey.name", message);
  } else if (out.selector && !has_placeholder(certkey.name, "secret")) {
    spec.problem("certKey.name", "must contain {{secret}}, since a selector finds many Secrets");
  }
}

/// How many targets the binding names.
int read_target(Fields& item, model::Target& out) {
  std::string server;
  std::string service;
  std::string group;
  item.text("virtualServer", server, virtual_server_name);
  item.text("service", service, virtual_server_name);
  item.text("serviceGroup", group, virtual_server_name);
  if (!server.empty()) out = {model::TargetKind::VirtualServer, server};
  if (!service.empty()) out = {model::TargetKind::Service, service};
  if (!group.empty()) out = {model::TargetKind::ServiceGroup, group};
  return (item.has("virtualServer") ? 1 : 0) + (item.has("service") ? 1 : 0) + (item.has("serviceGroup") ? 1 : 0);
}

void read_binding(Fields& item, CertSyncSpec& out) {
  BindingSpec binding;
  const int given = read_target(item, binding.target);
  item.choice<model::Role>("role", binding.role, {{"default", model::Role::Default}, {"sni", model::Role::Sni}});
  item.flag("enableSNI", binding.enable_sni);
  if (given == 0) item.problem("virtualServer", "must be given, or service, or serviceGroup");
  if (given > 1) item.problem("", "must have exactly one of virtualServer, service and serviceGroup");
  if (binding.enable_sni && binding.role != model::Role::Sni) item.problem("enableSNI", "is only for role sni");
  if (binding.target.kind != model::TargetKind::VirtualServer && binding.role == model::Role::Sni) {
    item.problem("role", "must be default: services and service groups take no SNI certificates (3805)");
  }
  if (out.selector && binding.role != model::Role::Sni) {
    item.problem("role", "must be sni, since a selector finds many Secrets");
  }
  if (binding.target.name.empty()) return;
  const bool twice = std::any_of(out.bindings.begin(), out.bindings.end(), [&](const BindingSpec& other) {
    return std::tie(other.target, other.role) == std::tie(binding.target, binding.role);
  });
  if (twice) return item.problem("", "this target and role are in the list twice");
  out.bindings.push_back(std::move(binding));
}

void read_verification(Fields& verification, model::VerificationSpec& out) {
  verification.choice<model::VerificationMode>("mode", out.mode,
                                               {{"Report", model::VerificationMode::Report},
                                                {"Rollback", model::VerificationMode::Rollback},
                                                {"Off", model::VerificationMode::Off}});
  verification.objects("endpoints", kMostProbeEndpoints, [&](Fields& item) {
    model::VerificationEndpoint endpoint;
    item.text("address", endpoint.address, host_and_port);
    item.text("serverName", endpoint.server_name, host_name);
    if (!item.has("address")) item.problem("address", "must be given");
    if (!endpoint.address.empty()) out.endpoints.push_back(std::move(endpoint));
  });
  verification.duration("timeout", out.timeout, 1s, 1min);
}

void read_policies(Fields& spec, CertSyncSpec& out) {
  spec.choice<model::ChainPolicy>("chain", out.chain,
                                  {{"Link", model::ChainPolicy::Link}, {"Omit", model::ChainPolicy::Omit}});
  spec.flag("domainCheck", out.domain_check);
  spec.choice<model::DriftPolicy>("driftPolicy", out.drift_policy,
                                  {{"Correct", model::DriftPolicy::Correct}, {"Detect", model::DriftPolicy::Detect}});
  spec.choice<model::DeletionPolicy>(
      "deletionPolicy", out.deletion_policy,
      {{"Retain", model::DeletionPolicy::Retain}, {"Delete", model::DeletionPolicy::Delete}});
  spec.choice<model::UpdatePolicy>(
      "updatePolicy", out.update_policy,
      {{"InPlace", model::UpdatePolicy::InPlace}, {"NewCertKey", model::UpdatePolicy::NewCertKey}});
  spec.choice<model::AdoptionPolicy>(
      "adoptionPolicy", out.adoption_policy,
      {{"Never", model::AdoptionPolicy::Never}, {"Adopt", model::AdoptionPolicy::Adopt}});
  spec.choice<model::ExpiredPolicy>("expiredPolicy", out.expired_policy,
                                    {{"Keep", model::ExpiredPolicy::Keep}, {"Remove", model::ExpiredPolicy::Remove}});
  const bool sni = std::any_of(out.bindings.begin(), out.bindings.end(),
                               [](const BindingSpec& binding) { return binding.role == model::Role::Sni; });
  if (sni && out.update_policy == model::UpdatePolicy::NewCertKey) {
    spec.problem("updatePolicy", "NewCertKey is not for role sni: NetScaler takes one SNI certificate of a name");
  }
  spec.object("rollout", [&](Fields& rollout) {
    rollout.choice<model::RolloutStrategy>(
        "strategy", out.rollout,
        {{"AllAtOnce", model::RolloutStrategy::AllAtOnce}, {"OneByOne", model::RolloutStrategy::OneByOne}});
  });
  out.deploy_windows = decode_deploy_windows(spec);
  spec.flag("suspend", out.suspend);
  spec.flag("dryRun", out.dry_run);
}

void read_spec(Fields& spec, Dialect dialect, CertSyncSpec& out) {
  read_wanted_secrets(spec, dialect, out);
  read_wanted_appliances(spec, out);
  read_certkey(spec, out);
  spec.objects("bindings", kMostBindings, [&](Fields& item) { read_binding(item, out); });
  read_policies(spec, out);
  spec.object("verification", [&](Fields& verification) { read_verification(verification, out.verification); });
}

}  // namespace

Result<model::CertSync> decode_cert_sync(const json& object, Dialect dialect) try {
  model::CertSync sync;
  auto meta = decode_meta(object, Scope::Namespaced, dialect, sync.problems);
  if (!meta) return tl::unexpected(meta.error());
  sync.meta = std::move(*meta);
  if (dialect == Dialect::Cluster) sync.status = decode_cert_sync_status(status_of(object));
  check_envelope(object, sync.problems);
  const json& spec = spec_of(object);
  sync.raw_spec = to_json_text(spec);
  Fields fields(spec, "spec", sync.problems);
  if (!spec.is_object()) return sync;
  read_spec(fields, dialect, sync.spec);
  fields.finish();
  return sync;
} catch (const json::exception&) {
  return fail(ErrorKind::Stalled, Reason::SpecInvalid, "the object cannot be read");
}

std::string immutable_change(const CertSyncSpec& before, const CertSyncSpec& after) {
  if (before.certkey.name != after.certkey.name) return "spec.certKey.name";
  if (before.certkey.max_name_length != after.certkey.max_name_length) return "spec.certKey.maxNameLength";
  return "";
}

}  // namespace certsync::codec
