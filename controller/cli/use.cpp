#include "cli/use.h"

#include <algorithm>
#include <cctype>

#include "base/encoding.h"
#include "model/place.h"

namespace certsync::cli {
namespace {

// model/naming: what a template is shortened by, and the longest name of all.
constexpr std::size_t kDigestSuffix = 9;
constexpr std::size_t kNameLongest = 63;
constexpr char kDigest[] = "[0-9a-f]{8}";
constexpr char kNameCharacter[] = "[A-Za-z0-9_.-]";

bool is_alnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool is_name_character(char c) {
  return is_alnum(c) || c == '_' || c == '.' || c == '-';
}

std::string of_placeholder(std::string_view key) {
  return key == "namespace" ? "[a-z0-9-]+" : "[a-z0-9.-]+";
}

// The template as certkey_name() fills it.
std::string of_template(std::string_view text) {
  std::string pattern;
  while (!text.empty()) {
    const auto open = text.find("{{");
    for (char c : text.substr(0, open)) {
      if (!is_name_character(c)) c = '-';
      if (pattern.empty() && !is_alnum(c) && c != '_') pattern += '_';
      pattern += escaped(std::string_view(&c, 1));
    }
    const auto close = open == std::string_view::npos ? open : text.find("}}", open);
    if (close == std::string_view::npos) break;
    pattern += of_placeholder(trim(text.substr(open + 2, close - open - 2)));
    text.remove_prefix(close + 2);
  }
  return pattern;
}

std::optional<std::set<std::string>> targets_of(const model::ApplianceSpec& spec) {
  if (spec.open_to_all) return std::nullopt;
  std::set<std::string> targets;
  for (const auto& grant : spec.grants)
    targets.insert(grant.targets.begin(), grant.targets.end());
  return targets;
}

void add_features(Use& use, const model::CertSyncSpec& spec) {
  for (const auto& binding : spec.bindings) {
    if (binding.target.kind != model::TargetKind::VirtualServer) use.features.insert(Feature::Services);
    if (binding.enable_sni) use.features.insert(Feature::EnableSni);
  }
  const bool told = !spec.verification.endpoints.empty();
  if (spec.verification.mode != model::VerificationMode::Off && !spec.bindings.empty() && !told)
    use.features.insert(Feature::Probing);
  if (spec.adoption_policy == model::AdoptionPolicy::Adopt) use.features.insert(Feature::Adoption);
}

}  // namespace

std::string_view to_text(Feature feature) {
  switch (feature) {
    case Feature::HighAvailability:
      return "ha";
    case Feature::Services:
      return "services";
    case Feature::EnableSni:
      return "enable-sni";
    case Feature::Probing:
      return "probing";
    case Feature::Adoption:
      return "adoption";
    case Feature::Saving:
      break;
  }
  return "saving";
}

const std::vector<Feature>& all_features() {
  static const std::vector<Feature> kAll = {Feature::HighAvailability, Feature::Services, Feature::EnableSni,
                                            Feature::Probing,          Feature::Adoption, Feature::Saving};
  return kAll;
}

std::string escaped(std::string_view text) {
  constexpr std::string_view kSpecial = ".*+?()|{}$[]";
  std::string pattern;
  for (const char c : text)
    pattern += kSpecial.find(c) == std::string_view::npos ? std::string(1, c) : "[" + std::string(1, c) + "]";
  return pattern;
}

std::string certkey_names_of(const model::CertKeySpec& spec, model::UpdatePolicy update) {
  const bool versions = update == model::UpdatePolicy::NewCertKey;
  if (spec.name.find("{{") == std::string::npos) {
    if (!versions) return escaped(spec.name);
    const auto limit = std::max(spec.max_name_length, spec.name.size());
    return escaped(spec.name) + "|" + escaped(spec.name.substr(0, limit - kDigestSuffix)) + "_" + kDigest;
  }
  const auto limit = std::clamp(spec.max_name_length, kDigestSuffix + 1, kNameLongest);
  const std::string head = std::string(kNameCharacter) + "{" + std::to_string(limit - kDigestSuffix) + "}";
  const std::string whole = of_template(spec.name);
  if (!versions) return whole + "|" + head + "-" + kDigest;
  return whole + "(_" + kDigest + ")?|" + head + "[-_]" + kDigest;
}

Use use_of(const model::Appliance& appliance, const std::vector<engine::SyncPtr>& syncs, const model::Owner& owner) {
  const auto& spec = appliance.spec;
  Use use;
  use.owners = owner.former;
  use.owners.insert(owner.mark);
  use.targets = targets_of(spec);
  use.partition = model::partition_of(spec);
  const bool known_as_pair = appliance.status.ha_state == "Primary" || appliance.status.ha_state == "Secondary";
  if (spec.endpoints.size() > 1 || known_as_pair) use.features.insert(Feature::HighAvailability);
  if (spec.save_config != model::SaveConfig::Never) use.features.insert(Feature::Saving);
  for (const auto& sync : syncs) {
    add_features(use, sync->spec);
    use.certkey_names.insert(certkey_names_of(sync->spec.certkey, sync->spec.update_policy));
  }
  // Who asks before there are resources wants to hear of those that will come.
  if (syncs.empty()) use.certkey_names.insert(certkey_names_of({}, model::UpdatePolicy::InPlace));
  return use;
}

}  // namespace certsync::cli
