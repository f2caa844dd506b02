// sslcertkey: add, update, set, unset, clear and delete. Links are in sslcertlink.cpp, reads in sslcertkey_show.cpp.
#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "sim/certkey_load.h"
#include "sim/certkeys.h"
#include "sim/resources.h"

namespace sim {
namespace {

const std::vector<Attribute>& certkey_attributes() {
  static const std::vector<Attribute> kKnown = {{"certkey", "certkeyName"},
                                                {"cert", "cert"},
                                                {"key", "key"},
                                                {"password", "password"},
                                                {"passplain", "passplain"},
                                                {"inform", "inform"},
                                                {"fipskey", "fipsKey"},
                                                {"hsmkey", "hsmKey"},
                                                {"expirymonitor", "expiryMonitor"},
                                                {"notificationperiod", "notificationPeriod"},
                                                {"bundle", "bundle"},
                                                {"linkcertkeyname", "linkCertKeyName"},
                                                {"nodomaincheck", "noDomainCheck"},
                                                {"deletefromdevice", "deleteFromDevice"},
                                                {"deletecertkeyfilesonremoval", "deleteCertKeyFilesOnRemoval"},
                                                {"ocspstaplingcache", "ocspStaplingCache"}};
  return kKnown;
}

/// Older builds do not know the attribute at all.
std::vector<Attribute> known_to(const State& state) {
  std::vector<Attribute> attributes = certkey_attributes();
  if (!state.options.supports_delete_files) {
    std::erase_if(attributes,
                  [](const Attribute& a) { return a.name == std::string_view("deletecertkeyfilesonremoval"); });
  }
  return attributes;
}

bool is_full(const State& state) {
  const auto& certkeys = state.running().certkeys;
  const auto count =
      std::count_if(certkeys.begin(), certkeys.end(), [](const auto& entry) { return !entry.second.builtin; });
  return state.options.max_certkeys > 0 && static_cast<std::size_t>(count) >= state.options.max_certkeys;
}

/// Applies expiry monitor and the like; refuses values out of range.
std::optional<Reply> apply_settings(const Call& call, Certkey& certkey) {
  if (const auto monitor = call.attribute("expirymonitor")) {
    const std::string value = certsync::to_lower(*monitor);
    if (value != "enabled" && value != "disabled") return failure(1097, "expiryMonitor");
    certkey.monitor = value == "enabled";
  }
  if (const auto period = call.attribute("notificationperiod")) {
    int days = 0;
    const auto parsed = std::from_chars(period->data(), period->data() + period->size(), days);
    if (parsed.ec != std::errc{} || parsed.ptr != period->data() + period->size()) {
      return failure(1097, "notificationPeriod");
    }
    if (days > 100) return failure(1108, "notificationPeriod");
    if (days < 10) return failure(1109, "notificationPeriod");
    certkey.notification_days = days;
  }
  if (const auto removal = call.attribute("deletecertkeyfilesonremoval")) {
    if (*removal != "NO" && *removal != "IF_EXPIRED" && *removal != "ALWAYS") {
      return failure(1097, "deleteCertKeyFilesOnRemoval");
    }
    certkey.delete_files = *removal;
  }
  return std::nullopt;
}

std::optional<Reply> apply_files(const Call& call, Certkey& certkey) {
  const auto key = call.attribute("key");
  const auto fips_key = call.attribute("fipskey");
  if (key && fips_key) return failure(1092, "key, fipsKey");
  if (const auto cert = call.attribute("cert")) certkey.cert = *cert;
  if (key || fips_key) {
    certkey.key = key.value_or("");
    certkey.fips_key = fips_key.value_or("");
    // A passphrase belongs to the file it was given for.
    certkey.passplain.reset();
  }
  if (const auto inform = call.attribute("inform")) {
    if (*inform != "PEM" && *inform != "DER" && *inform != "PFX") return failure(1097, "inform");
    certkey.inform = *inform;
  }
  if (const auto passplain = call.attribute("passplain")) certkey.passplain = *passplain;
  return std::nullopt;
}

/// The name under which this very certificate is loaded already, if it is another one.
std::optional<std::string> loaded_as(const State& state, const Certificate& certificate, const std::string& name) {
  const auto found = state.running().identities.find(certificate.identity());
  if (found == state.running().identities.end() || found->second == name) return std::nullopt;
  return found->second;
}

/// netscaler/ansible-collection-netscaleradc #402 shows this bracket.
Reply already_exists() {
  return failure(273, "certkeyName Contents, NAME");
}

/// CTX and CLI manual: a certificate for another domain needs -noDomainCheck. The domain is the CN, or the first
/// alternative name where there is none.
std::string domain_of(const Certificate& certificate) {
  if (!certificate.common_name.empty()) return certsync::to_lower(certificate.common_name);
  return certificate.dns_names.empty() ? "" : certsync::to_lower(certificate.dns_names.front());
}

Reply update_certkey(State& state, const Call& call, Reply success) {
  const Certkey* current = state.running().certkey(call.key("certkey"));
  if (current == nullptr) return failure(1540);
  // A VPN-global binding refuses the update, those of vservers do not (j81blog/NetScalerToolkit,
  // global-vpn-binding.md).
  if (state.running().vpn_global.contains(current->name)) return failure(1541);
  if (state.running().user_data_keys.contains(current->name)) return failure(3374);
  if (state.running().is_used_by_adfs_proxy(current->name)) return failure(3375);
  Certkey next = *current;
  if (auto refused = apply_files(call, next)) return *refused;
  if (call.attribute("fipskey") && current->fips_key.empty()) return failure(1581);
  if (call.attribute("key") && !current->fips_key.empty()) return failure(1582);
  Loaded loaded = load_files(state, next, call.flag("password"));
  if (loaded.refused) return *loaded.refused;
  if (loaded_as(state, *loaded.certificate, next.name)) return already_exists();
  if (!call.flag("nodomaincheck") && domain_of(*loaded.certificate) != domain_of(*current->certificate)) {
    return failure(3585);
  }
  const auto validity = validity_warning(state, *loaded.certificate);
  const std::string name = next.name;
  install(state, std::move(next), std::move(loaded));
  const BrokenByUpdate broken = break_incompatible(state.running(), name);
  if (broken.links && validity) {
    success.warnings.push_back(*validity == 1589 ? 1590 : 1591);
  } else if (broken.links || broken.bindings) {
    success.warnings.push_back(1587);
  } else if (validity) {
    success.warnings.push_back(*validity);
  }
  if (broken.sni_duplicates) success.warnings.push_back(3637);
  if (broken.sni_nameless) success.warnings.push_back(3638);
  state.touch();
  return success;
}

Reply update(State& state, const Call& call) {
  if (auto refused = check_attributes(
          call, known_to(state),
          {"certkey", "cert", "key", "password", "passplain", "inform", "fipskey", "hsmkey", "nodomaincheck"})) {
    return *refused;
  }
  if (call.key("certkey").empty()) return failure(1095, "certkeyName");
  return update_certkey(state, call, done());
}

Reply add_existing(State& state, const Call& call, const Certkey& existing) {
  if (!call.idempotent) return already_exists();
  // idempotent=yes (11.1 and later): add or update; what is not sent is left alone.
  Certkey changed = existing;
  if (auto refused = apply_settings(call, changed)) return *refused;
  Reply reply = update_certkey(state, call, created());
  if (!reply.ok()) return reply;
  Certkey& updated = *state.running().certkey(existing.name);
  updated.monitor = changed.monitor;
  updated.notification_days = changed.notification_days;
  updated.delete_files = changed.delete_files;
  return reply;
}

Reply add(State& state, const Call& call) {
  if (auto refused =
          check_attributes(call, known_to(state),
                           {"certkey", "cert", "key", "password", "passplain", "inform", "fipskey", "hsmkey",
                            "expirymonitor", "notificationperiod", "bundle", "deletecertkeyfilesonremoval"})) {
    return *refused;
  }
  if (auto refused = require(call, {certkey_attributes()[0], certkey_attributes()[1]})) return *refused;
  const std::string name = *call.attribute("certkey");
  if (!is_valid_name(name)) return failure(1075, "certkeyName, " + name);
  if (name.size() > state.options.max_certkey_name) return failure(1106, "certkeyName");
  if (const Certkey* existing = state.running().certkey(name)) return add_existing(state, call, Certkey(*existing));

  if (is_full(state)) return failure(1072);
  Certkey certkey;
  certkey.name = name;
  certkey.delete_files = state.options.delete_files_on_removal;
  if (auto refused = apply_settings(call, certkey)) return *refused;
  if (auto refused = apply_files(call, certkey)) return *refused;
  if (call.flag("bundle")) return add_bundle(state, std::move(certkey));
  Loaded loaded = load_files(state, certkey, call.flag("password"));
  if (loaded.refused) return *loaded.refused;
  if (loaded_as(state, *loaded.certificate, name)) return already_exists();
  Reply reply = created();
  if (const auto validity = validity_warning(state, *loaded.certificate)) reply.warnings.push_back(*validity);
  install(state, std::move(certkey), std::move(loaded));
  state.touch();
  return reply;
}

Reply set(State& state, const Call& call) {
  // PUT with cert or key: 278 "Invalid argument [cert]" (netscaler/adc-nitro-go #15).
  if (auto refused = check_attributes(
          call, known_to(state), {"certkey", "expirymonitor", "notificationperiod", "deletecertkeyfilesonremoval"})) {
    return *refused;
  }
  if (call.key("certkey").empty()) return failure(1095, "certkeyName");
  Certkey* certkey = state.running().certkey(call.key("certkey"));
  if (certkey == nullptr) return failure(1540);
  Certkey changed = *certkey;
  if (auto refused = apply_settings(call, changed)) return *refused;
  *certkey = std::move(changed);
  state.touch();
  return done();
}

Reply unset(State& state, const Call& call) {
  if (call.key("certkey").empty()) return failure(1095, "certkeyName");
  Certkey* certkey = state.running().certkey(call.key("certkey"));
  if (certkey == nullptr) return failure(1540);
  if (call.flag("expirymonitor")) certkey->monitor = true;
  if (call.flag("notificationperiod")) certkey->notification_days = 30;
  if (call.flag("deletecertkeyfilesonremoval")) certkey->delete_files = "NO";
  state.touch();
  return done();
}

Reply remove(State& state, const Call& call) {
  if (auto refused = check_arg_flags(call, {"deletefromdevice"})) return *refused;
  const std::string name = call.key("certkey");
  if (name.empty()) return failure(1095, "certkeyName");
  const Certkey* certkey = state.running().certkey(name);
  if (certkey == nullptr) return failure(1540);
  if (certkey->builtin) return failure(3719);
  if (state.running().is_bound(name) || state.running().is_linked_to(name)) return failure(1541);
  const std::string removal = call.arg("deletecertkeyfilesonremoval").value_or(certkey->delete_files);
  const bool expired = state.now() > certkey->certificate->valid_until;
  Reply reply = done();
  if (call.arg("deletefromdevice").value_or("") == "true" || removal == "ALWAYS" ||
      (removal == "IF_EXPIRED" && expired)) {
    state.remove_file(certkey->cert);
    if (!certkey->key.empty()) state.remove_file(certkey->key);
    reply.warnings.push_back(3807);
  }
  uninstall(state.running(), name);
  state.touch();
  return reply;
}

Reply clear(State& state, const Call& call) {
  if (state.running().certkey(call.key("certkey")) == nullptr) return failure(1540);
  return done();
}

}  // namespace

bool is_valid_name(const std::string& name) {
  const auto is_letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (name.empty() || (!is_letter_or_digit(name.front()) && name.front() != '_')) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter_or_digit(c) || std::string_view("_#. :@=-").find(c) != std::string_view::npos;
  });
}

Reply handle_sslcertkey(State& state, const Call& call) {
  if (call.method == "GET") return show_certkeys(state, call);
  if (call.method == "DELETE") return remove(state, call);
  if (call.method == "PUT") return set(state, call);
  if (call.action.empty() || call.action == "add") return add(state, call);
  if (call.action == "update" || call.action == "change") return update(state, call);
  if (call.action == "unset") return unset(state, call);
  if (call.action == "link") return link_certkey(state, call);
  if (call.action == "unlink") return unlink_certkey(state, call);
  if (call.action == "clear") return clear(state, call);
  return failure(1240);
}

}  // namespace sim
