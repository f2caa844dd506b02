// Who may do what on an appliance: no grant, no write. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/appliance.h"
#include "model/cert_sync.h"

namespace certsync::plan {

/// Labels by namespace.
using Namespaces = std::map<std::string, model::Labels>;

/// The grants of one appliance, and what they are judged by. Closed to everybody unless something opens it.
struct Access {
  bool open_to_all = false;
  std::vector<model::Grant> grants;
  /// A namespace that is not here is found by no selector, not even by an empty one.
  Namespaces namespaces;
};

/// `*` is any number of characters, `?` is one; the whole name, and case matters, as NetScaler has it.
bool glob_matches(std::string_view glob, std::string_view name);

bool selects_namespaces(const model::ApplianceSpec& spec);

/// What the resources of one namespace may do. Must not outlive the Access.
class Permit {
 public:
  Permit(const Access& access, const std::string& space);

  /// Certkeys at least.
  bool anything() const { return everything_ || !grants_.empty(); }
  bool binding(const model::Target& target, model::Role role) const;
  /// May a certkey, or the default slot of `target`, be taken over from a person?
  bool adopting() const;
  bool adopting(const model::Target& target, model::Role role) const;
  /// NotPermitted when the resource asks for more than is granted. One binding too many holds all of it: half of a
  /// resource deployed is a state that nobody has asked for. Names only what is granted to its own namespace.
  std::optional<Error> refusal(const std::string& appliance, const model::CertSync& sync) const;

 private:
  std::string granted() const;

  bool everything_;
  std::vector<const model::Grant*> grants_;
};

}  // namespace certsync::plan
