#include "scenarios/story_pki.h"

#include <sstream>

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include "base/check.h"
#include "base/encoding.h"
#include "model/naming.h"
#include "pki/x509.h"

namespace scenarios {

using namespace certsync;

namespace {

support::KeyKind key_kind(const std::string& name) {
  if (name == "rsa") return support::KeyKind::Rsa2048;
  if (name == "ed25519") return support::KeyKind::Ed25519;
  return support::KeyKind::EcP256;
}

}  // namespace

void StoryPki::make(const YAML::Node& pki, TimePoint now) {
  for (const auto& entry : pki) {
    const auto name = entry.first.as<std::string>();
    const auto& spec = entry.second;
    if (spec["root"]) {
      authorities.emplace(name, support::Authority::root(spec["cn"].as<std::string>(name)));
      add(name, authorities.at(name).certificate_pem(), "");
    } else if (spec["ca"]) {
      const auto& issuer = authorities.at(spec["issuer"].as<std::string>());
      if (spec["same_as"]) {
        authorities.emplace(name, authorities.at(spec["same_as"].as<std::string>()).cross_signed_by(issuer));
      } else {
        authorities.emplace(name,
                            issuer.intermediate(spec["cn"].as<std::string>(name), spec["serial"].as<std::string>("")));
      }
      add(name, authorities.at(name).certificate_pem(), "");
    } else {
      make_leaf(name, spec, now);
    }
  }
}

void StoryPki::make_leaf(const std::string& name, const YAML::Node& spec, TimePoint now) {
  support::CertificateOptions options;
  options.common_name = spec["cn"].as<std::string>("");
  if (spec["sans"]) options.dns_names = spec["sans"].as<std::vector<std::string>>();
  options.serial_hex = spec["serial"].as<std::string>("");
  options.key = key_kind(spec["key"].as<std::string>("ec"));
  options.subject_serial_number = spec["subject_serial_number"].as<std::string>("");
  options.not_before = now + std::chrono::hours(24) * spec["from_day"].as<int>(-1);
  options.not_after = now + std::chrono::hours(24) * spec["days"].as<int>(90);
  if (spec["key_of"]) {
    const auto& issuer = authorities.at(spec["issuer"].as<std::string>());
    const auto issued = issuer.issue_for_key(keys.at(spec["key_of"].as<std::string>()), options);
    return add(name, issued.certificate_pem, issued.key_pem);
  }
  const auto issued =
      spec["issuer"] ? authorities.at(spec["issuer"].as<std::string>()).issue(options) : support::self_signed(options);
  add(name, issued.certificate_pem, issued.key_pem);
}

void StoryPki::add(const std::string& name, const std::string& certificate, const std::string& key) {
  pem[name] = certificate;
  keys[name] = key;
  const auto digest = (*pki::read_first_certificate(certificate))->sha256;
  by_content[model::content_mark(digest)] = name;
  by_digest[digest] = name;
}

std::string StoryPki::value_of(const std::vector<std::string>& words) const {
  const auto& form = words.at(0);
  if (form == "locked") return support::to_encrypted_pkcs8(keys.at(words.at(1)), words.at(2));
  if (form == "locked-traditional") return support::to_encrypted_traditional(keys.at(words.at(1)), words.at(2));
  if (form == "der") return to_base64(support::certificate_to_der(pem.at(words.at(1))));
  if (form == "der-key") return to_base64(support::to_pkcs8_der(keys.at(words.at(1))));
  if (form == "der-sec1") return to_base64(support::to_traditional_der(keys.at(words.at(1))));
  std::string all;
  if (form == "all") {
    for (std::size_t i = 1; i < words.size(); ++i)
      all += pem.at(words[i]);
    return to_base64(all + keys.at(words.at(1)));
  }
  if (form == "p12" || form == "p12-rc2") {
    for (std::size_t i = 2; i < words.size(); ++i)
      all += pem.at(words[i]);
    const auto profile = form == "p12" ? support::Keystore::Modern2023 : support::Keystore::LegacyRc2;
    return to_base64(support::to_pkcs12(all, keys.at(words.at(2)), words.at(1) == "-" ? "" : words[1], profile));
  }
  CERTSYNC_CHECK(form == "chain" || form == "key");
  for (std::size_t i = 1; i < words.size(); ++i)
    all += form == "key" ? keys.at(words[i]) : pem.at(words[i]);
  return all;
}

// As JSON strings, which are YAML strings too.
std::string StoryPki::filled(std::string text) const {
  for (auto open = text.find("<<"); open != std::string::npos; open = text.find("<<", open)) {
    const auto close = text.find(">>", open);
    std::istringstream in(text.substr(open + 2, close - open - 2));
    std::vector<std::string> words;
    for (std::string word; in >> word;)
      words.push_back(word);
    const std::string quoted = nlohmann::json(value_of(words)).dump();
    text.replace(open, close + 2 - open, quoted);
    open += quoted.size();
  }
  return text;
}

}  // namespace scenarios
