#include "support/tiny_appliance.h"

#include <algorithm>

#include "base/encoding.h"
#include "model/naming.h"

namespace support {

namespace model = certsync::model;
namespace plan = certsync::plan;

namespace {

bool sni(model::Role role) {
  return role == model::Role::Sni;
}

}  // namespace

// One overload per step; each answers "" or the refusal.
struct TinyAppliance::Doer {
  TinyAppliance& box;
  model::ApplianceState& state;

  std::string upload(const std::string& file, const model::CertificatePtr& certificate, std::size_t bytes) const {
    if (state.files.count(file) != 0) return "1642 file exists: " + file;
    box.add_file(file, certificate, bytes);
    return "";
  }
  std::string operator()(const plan::UploadCertificate& step) const {
    return upload(step.file, step.certificate, pem_bytes(*step.certificate));
  }
  std::string operator()(const plan::UploadKey& step) const {
    return upload(step.encrypted ? box.seal(step.file) : step.file, step.leaf, kKeyBytes);
  }
  std::string key_file(const std::string& name, bool encrypted) const {
    return encrypted ? box.sealed_.at(name) : name;
  }
  std::string operator()(const plan::DeleteFile& step) const {
    for (const auto& [name, certkey] : state.certkeys) {
      if (certkey.cert_file == step.file || certkey.key_file == step.file) return "file in use by " + name;
    }
    return state.files.erase(step.file) == 0 ? "no such file: " + step.file : "";
  }
  std::string operator()(const plan::SyncFiles&) const { return state.ha.pair ? "" : "no other node"; }
  std::string check_files(const std::string& certkey, const std::string& cert, const std::string& key) const {
    if (box.contents_.count(cert) == 0) return "1537 no such file: " + cert;
    if (!key.empty() && box.contents_.count(key) == 0) return "1537 no such file: " + key;
    return box.loaded_elsewhere(certkey, *box.contents_.at(cert)) ? "273 certificate is loaded already: " + cert : "";
  }
  std::string operator()(const plan::AddCertKey& step) const {
    if (state.certkeys.count(step.certkey) != 0) return "273 certkey exists: " + step.certkey;
    const auto key = key_file(step.key_file, step.encrypted_key);
    if (auto refusal = check_files(step.certkey, step.cert_file, key); !refusal.empty()) return refusal;
    box.load(step.certkey, step.cert_file, key, step.fips_key);
    state.certkeys[step.certkey].expiry_monitor = step.expiry_monitor;
    state.certkeys[step.certkey].notification_period_days = step.notification_period_days;
    return "";
  }
  std::string operator()(const plan::UpdateCertKey& step) const {
    const auto found = state.certkeys.find(step.certkey);
    if (found == state.certkeys.end()) return "258 no such certkey: " + step.certkey;
    const auto key = key_file(step.key_file, step.encrypted_key);
    if (auto refusal = check_files(step.certkey, step.cert_file, key); !refusal.empty()) return refusal;
    const auto& fresh = *box.contents_.at(step.cert_file);
    // NetScaler breaks a link that does not fit any more and warns (1587). A plan takes its own links off before.
    const auto link = state.certkeys.find(found->second.link);
    if (link != state.certkeys.end() && !issued_by(fresh, link->second)) {
      if (link->first.starts_with(model::kIntermediatePrefix)) return "1587 link broken: " + step.certkey;
      found->second.link.clear();
    }
    for (const auto& binding : state.bindings) {
      if (binding.certkey != step.certkey || !binding.sni) continue;
      if (fresh.common_name.empty()) return "3638 SNI binding broken: " + step.certkey;
      if (!sni_rival(binding.target, step.certkey, fresh.common_name).empty()) return "3637 " + step.certkey;
    }
    if (step.fips_key.empty() != found->second.fips_key.empty()) return "1581 other kind of key: " + step.certkey;
    box.load(step.certkey, step.cert_file, key, step.fips_key);
    return "";
  }
  std::string operator()(const plan::SetMonitor& step) const {
    state.certkeys.at(step.certkey).expiry_monitor = step.expiry_monitor;
    state.certkeys.at(step.certkey).notification_period_days = step.notification_period_days;
    return "";
  }
  static bool issued_by(const model::Certificate& certificate, const model::InstalledCertKey& issuer) {
    return model::comparable_name(certificate.issuer) == model::comparable_name(issuer.subject);
  }
  std::string operator()(const plan::Link& step) const {
    const auto certkey = state.certkeys.find(step.certkey);
    const auto issuer = state.certkeys.find(step.issuer);
    if (certkey == state.certkeys.end() || issuer == state.certkeys.end()) return "258 no such certkey to link";
    if (!certkey->second.link.empty()) return "273 linked already: " + step.certkey;
    if (!issued_by(*box.held_.at(step.certkey), issuer->second)) return "1548 issuer mismatch: " + step.certkey;
    certkey->second.link = step.issuer;
    return "";
  }
  std::string operator()(const plan::Unlink& step) const {
    const auto certkey = state.certkeys.find(step.certkey);
    if (certkey == state.certkeys.end() || certkey->second.link.empty()) return "1545 not linked: " + step.certkey;
    certkey->second.link.clear();
    return "";
  }
  std::string sni_rival(const model::Target& server, const std::string& certkey, const std::string& name) const {
    for (const auto& binding : state.bindings) {
      if (binding.sni && binding.target == server && binding.certkey != certkey &&
          box.common_name(binding.certkey) == name)
        return binding.certkey;
    }
    return "";
  }
  std::string operator()(const plan::Bind& step) const {
    const auto server = state.virtual_servers.find(step.target.name);
    const bool service = step.target.kind != model::TargetKind::VirtualServer;
    if (service && state.services.count(step.target) == 0) return "463 no such service: " + to_text(step.target);
    if (!service && server == state.virtual_servers.end()) return "461 no such virtual server: " + to_text(step.target);
    if (state.certkeys.count(step.certkey) == 0) return "258 no such certkey: " + step.certkey;
    if (sni(step.role)) {
      if (service) return "3805 no SNI on a service: " + to_text(step.target);
      if (!server->second.sni_enabled) return "3627 SNI is off: " + to_text(step.target);
      const std::string name = box.common_name(step.certkey);
      if (name.empty()) return "3628 no common name: " + step.certkey;
      if (!sni_rival(step.target, step.certkey, name).empty()) return "3629 same common name: " + step.certkey;
    } else {
      // Warning 1546: the second default certificate of a key type replaces the first.
      const auto type = box.held_.at(step.certkey)->key_type;
      std::erase_if(state.bindings, [&](const auto& bound) {
        return !bound.sni && !bound.ca && bound.target == step.target && box.held_.at(bound.certkey)->key_type == type;
      });
    }
    state.bindings.insert({step.target, step.certkey, sni(step.role), false});
    return "";
  }
  std::string operator()(const plan::Unbind& step) const {
    return state.bindings.erase({step.target, step.certkey, sni(step.role), false}) == 0
               ? "1542 not bound: " + step.certkey
               : "";
  }
  std::string operator()(const plan::EnableSni& step) const {
    for (auto& [name, server] : state.virtual_servers) {
      if (step.profile.empty() ? name == step.virtual_server : server.profile == step.profile)
        server.sni_enabled = true;
    }
    return "";
  }
  std::string operator()(const plan::DeleteCertKey& step) const {
    for (const auto& binding : state.bindings) {
      if (binding.certkey == step.certkey) return "1541 bound: " + step.certkey;
    }
    for (const auto& [name, certkey] : state.certkeys) {
      if (certkey.link == step.certkey) return "1541 linked from " + name + ": " + step.certkey;
    }
    box.held_.erase(step.certkey);
    return state.certkeys.erase(step.certkey) == 0 ? "258 no such certkey: " + step.certkey : "";
  }
};

std::string TinyAppliance::apply(const plan::Step& step) {
  return std::visit(Doer{*this, state}, step.action);
}

bool TinyAppliance::loaded_elsewhere(const std::string& certkey, const model::Certificate& certificate) const {
  return std::any_of(state.certkeys.begin(), state.certkeys.end(), [&](const auto& one) {
    return one.first != certkey && model::same_issue(certificate, one.second.serial, one.second.issuer);
  });
}

void TinyAppliance::add_file(const std::string& file, const model::CertificatePtr& certificate, std::size_t bytes) {
  contents_[file] = certificate;
  if (model::parse_file_name(file)) state.files[file] = static_cast<std::int64_t>(bytes);
}

void TinyAppliance::install(const std::string& certkey, const model::CertificatePtr& certificate,
                            const std::string& cert_file, const std::string& key_file) {
  contents_[cert_file] = certificate;
  contents_[key_file] = certificate;
  load(certkey, cert_file, key_file);
}

void TinyAppliance::load(const std::string& certkey, const std::string& cert_file, const std::string& key_file,
                         const std::string& fips_key) {
  const auto& certificate = contents_.at(cert_file);
  held_[certkey] = certificate;
  auto& installed = state.certkeys[certkey];
  installed.name = certkey;
  installed.cert_file = cert_file;
  installed.key_file = key_file;
  installed.fips_key = fips_key;
  installed.serial = certificate->serial;
  // As NetScaler spells it: a blank in front.
  installed.issuer = " " + certificate->issuer;
  installed.subject = " " + certificate->subject;
  installed.signature_algorithm = certificate->signature_algorithm;
  installed.public_key = certificate->key_type == model::KeyType::Rsa ? "rsaEncryption" : "id-ecPublicKey";
  installed.key_bits = certificate->key_bits;
  installed.not_before = certificate->not_before;
  installed.not_after = certificate->not_after;
}

std::string TinyAppliance::seal(const std::string& plain_name) {
  auto mark = *model::parse_file_name(plain_name);
  mark.content = model::content_mark(certsync::sha256_hex("sealed" + std::to_string(++times_sealed_)));
  return sealed_[plain_name] = model::file_name(mark);
}

std::string TinyAppliance::sealed_name(const std::string& file) const {
  const auto mark = model::parse_file_name(file);
  for (int i = 1; mark && i <= times_sealed_; ++i) {
    const std::string name = "sealed" + std::to_string(i);
    if (mark->content == model::content_mark(certsync::sha256_hex(name))) return name;
  }
  return "";
}

std::string TinyAppliance::common_name(const std::string& certkey) const {
  const auto found = held_.find(certkey);
  return found == held_.end() ? "" : found->second->common_name;
}

}  // namespace support
