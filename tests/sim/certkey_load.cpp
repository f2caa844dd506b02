#include "sim/certkey_load.h"

#include <algorithm>

namespace sim {
namespace {

constexpr int kMaxRsaBits = 4096;

Loaded refuse(int code) {
  return {nullptr, nullptr, failure(code)};
}

Loaded load_pkcs12(const File& file, const Certkey& certkey) {
  // A wrong or an absent passphrase are one error: citrix/terraform-provider-citrixadc #1353.
  const auto store = parse_pkcs12(file.content, certkey.passplain.value_or(""));
  if (!store) return refuse(1623);
  return {store->certificate, store->key, std::nullopt};
}

Loaded load_from_hardware(const State& state, const Certkey& certkey, Loaded loaded) {
  const auto& keys = state.options.fips_keys;
  if (keys.empty()) return refuse(1576);
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.name == certkey.fips_key; });
  if (found == keys.end()) return refuse(1575);
  if (found->key_pem.empty()) return loaded;
  loaded.key = parse_key(found->key_pem, false, std::nullopt).key;
  if (!loaded.key || !key_matches(*loaded.certificate, loaded.key)) return refuse(1538);
  return loaded;
}

int key_error_code(KeyError error, bool password_flag) {
  switch (error) {
    case KeyError::WrongPassword:
      return 1614;
    case KeyError::PasswordRequired:
      return password_flag ? 1613 : 1537;
    default:
      return 1537;
  }
}

}  // namespace

Loaded load_files(const State& state, const Certkey& certkey, bool password_flag) {
  const File* cert_file = state.find_file(certkey.cert);
  const File* key_file = certkey.key.empty() ? nullptr : state.find_file(certkey.key);
  if (cert_file == nullptr || (!certkey.key.empty() && key_file == nullptr)) return refuse(1647);
  if (certkey.inform == "PFX") return load_pkcs12(*cert_file, certkey);

  const bool der = certkey.inform == "DER";
  Loaded loaded;
  // Only the first certificate is used; the rest of the file is not served (j81blog/GenLeCertForNS #36).
  loaded.certificate = parse_certificate(cert_file->content, der);
  if (!loaded.certificate) return refuse(1536);
  if (loaded.certificate->key_type == KeyType::Rsa && loaded.certificate->key_bits > kMaxRsaBits) return refuse(1562);
  if (!certkey.fips_key.empty()) return load_from_hardware(state, certkey, std::move(loaded));
  if (key_file == nullptr) return loaded;

  const KeyResult key = parse_key(key_file->content, der, certkey.passplain);
  if (!key.key) return refuse(key_error_code(key.error, password_flag));
  if (!key_matches(*loaded.certificate, key.key)) return refuse(1538);
  loaded.key = key.key;
  return loaded;
}

void install(State& state, Certkey certkey, Loaded loaded) {
  Config& config = state.running();
  uninstall(config, certkey.name);
  certkey.certificate = std::move(loaded.certificate);
  certkey.private_key = std::move(loaded.key);
  certkey.generation = state.ha->next_generation();
  config.identities[certkey.certificate->identity()] = certkey.name;
  std::string name = certkey.name;
  config.certkeys.insert_or_assign(std::move(name), std::move(certkey));
}

void uninstall(Config& config, const std::string& name) {
  const auto found = config.certkeys.find(name);
  if (found == config.certkeys.end()) return;
  const auto identity = config.identities.find(found->second.certificate->identity());
  if (identity != config.identities.end() && identity->second == name) config.identities.erase(identity);
  config.certkeys.erase(found);
}

std::optional<int> validity_warning(const State& state, const Certificate& certificate) {
  if (state.now() > certificate.valid_until) return 1589;
  if (state.now() < certificate.valid_from) return 1588;
  return std::nullopt;
}

namespace {

/// Certkeys that `state`'s files cannot fill leave the running configuration, with all that names them.
void load_again(State& state) {
  Config& config = state.running();
  const auto before = config.certkeys;
  for (const auto& [name, certkey] : before) {
    if (certkey.builtin) continue;
    Loaded loaded = load_files(state, certkey, false);
    if (loaded.refused) {
      uninstall(config, name);
    } else {
      install(state, certkey, std::move(loaded));
    }
  }
  const auto gone = [&](const std::string& name) { return config.certkey(name) == nullptr; };
  std::erase_if(config.bindings, [&](const Binding& binding) { return gone(binding.certkey); });
  for (auto& [kind, bindings] : config.service_bindings) {
    std::erase_if(bindings, [&](const Binding& binding) { return gone(binding.certkey); });
  }
  std::erase_if(config.vpn_global, gone);
  std::erase_if(config.user_data_keys, gone);
  std::erase_if(config.adfs_proxy_profiles, [&](const auto& profile) { return gone(profile.second); });
  for (auto& [name, certkey] : config.certkeys) {
    const Certkey* issuer = config.certkey(certkey.link);
    // Other files may lie there now than when the link was made.
    if (issuer == nullptr || !is_issued_by(*certkey.certificate, *issuer->certificate)) certkey.link.clear();
  }
}

}  // namespace

void reload_saved(State& state) {
  for (auto& [name, partition] : state.partitions) {
    const InPartition in(state, name);
    partition.running = partition.saved;
    load_again(state);
    partition.config_changed = false;
  }
}

void take_configuration(State& state, const State& from) {
  for (auto& [name, partition] : state.partitions) {
    const InPartition in(state, name);
    const Partition& theirs = from.partitions.at(name);
    partition.running = theirs.running;
    load_again(state);
    partition.config_changed = theirs.config_changed;
    if (!partition.config_changed) partition.saved = partition.running;
  }
}

}  // namespace sim
