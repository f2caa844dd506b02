// One entry of an appliance's spec.grants: what the resources of some namespaces may do there.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model/cert_sync.h"
#include "model/label_selector.h"

namespace certsync::model {

enum class GrantFrom { All, Selector, Names };

struct Grant {
  /// Without names: nobody.
  GrantFrom from = GrantFrom::Names;
  LabelSelector selector;
  std::vector<std::string> names;
  /// Globs over names of virtual servers; none = certkeys only.
  std::vector<std::string> targets;
  std::set<Role> roles;
  /// spec.adoptionPolicy: Adopt may be used.
  bool adopt = false;

  bool operator==(const Grant&) const = default;
};

}  // namespace certsync::model
