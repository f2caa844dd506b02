// Which of its features the operator uses on one appliance, as far as the account's rights depend on them. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/store.h"
#include "model/appliance.h"
#include "model/owner.h"

namespace certsync::cli {

enum class Feature {
  HighAvailability,  // both nodes of a pair are brought the files
  Services,          // bindings to services and service groups
  EnableSni,         // enableSNI: true
  Probing,           // endpoints are found out, not given
  Adoption,          // adoptionPolicy: Adopt
  Saving,            // saveConfig is not Never
};
/// "ha", "services", "enable-sni", "probing", "adoption", "saving"
std::string_view to_text(Feature feature);
/// All of them, in this order.
const std::vector<Feature>& all_features();

struct Use {
  std::set<Feature> features;
  /// Marks of this installation and of the former ones.
  std::set<std::string> owners;
  /// Regular expressions for names of certkeys; without anchors, quotes and backslashes.
  std::set<std::string> certkey_names;
  /// Globs over names of what may be bound to; nothing = any.
  std::optional<std::set<std::string>> targets = {};
  /// Empty = the default one.
  std::string partition;

  bool has(Feature feature) const { return features.count(feature) != 0; }
  bool operator==(const Use&) const = default;
};

/// `syncs`: those that name or select the appliance.
Use use_of(const model::Appliance& appliance, const std::vector<engine::SyncPtr>& syncs, const model::Owner& owner);

/// For names that certkey_name() and version_name() make of `spec`.
std::string certkey_names_of(const model::CertKeySpec& spec, model::UpdatePolicy update);

/// `text` as a regular expression that means nothing but itself.
std::string escaped(std::string_view text);

}  // namespace certsync::cli
