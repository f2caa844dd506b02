// The table at which the parts of diff sit: what is wanted, what is seen, and the plan as it grows. Internal to plan/.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "model/naming.h"
#include "plan/diff.h"

namespace certsync::plan {

/// Certkeys that the appliance would have, and how they would be linked and bound, once the plan is done so far.
struct Outlook {
  /// certkey → certkey it links to.
  std::map<std::string, std::string> links;
  std::set<model::InstalledBinding> bindings;
  /// Files that certkeys use, once for each use.
  std::multiset<std::string> files;
  /// Every certkey.
  std::set<std::string> certkeys;

  bool uses(const std::string& file) const { return files.count(file) != 0; }
  void use(const std::string& file) {
    if (!file.empty()) files.insert(file);
  }
  /// One use less.
  void release(const std::string& file) {
    if (const auto found = files.find(file); found != files.end()) files.erase(found);
  }
};

struct Planner {
  const Wanted& wanted;
  const model::ApplianceState& seen;
  /// Installed certkeys by serial, and settled ones by name: so that a plan takes time in proportion to its size.
  std::map<std::string, std::vector<const model::InstalledCertKey*>> by_serial;
  std::map<std::string, const WantedCertKey*> by_name;
  /// Installed certkeys that carry the mark of one of our resources: mark → certkeys.
  std::map<std::string, std::vector<const model::InstalledCertKey*>> by_resource;
  Plan plan;
  Outlook outlook;
  std::vector<Step> uploads;
  std::vector<Step> intermediates;
  std::vector<Step> changes;
  /// Upward links that some leaf's chain asks for: certkey → issuer.
  std::set<std::pair<std::string, std::string>> wanted_links;
  /// Intermediates that some leaf still wants: certkey name → the file it is, or would be, loaded from.
  std::set<std::string> wanted_intermediates;
  /// Resources with a problem: their files are not collected.
  std::set<std::string> troubled_marks;

  void problem(const WantedCertKey& certkey, ErrorKind kind, Reason reason, std::string message);
  void notice(const WantedCertKey& certkey, std::string reason, std::string note, bool warning = false);
  /// Plans the upload of a file of `bytes` bytes unless it is there. One of another size goes first, since files are
  /// never overwritten.
  void upload(const std::string& file, std::size_t bytes, Step step);
};

/// What the resource may do here. Must not outlive the planner.
Permit permit_of(const Planner& planner, const WantedCertKey& wanted);
/// The owner mark on a certkey's certificate file, if it carries ours.
std::optional<model::FileMark> our_mark(const Planner& planner, const model::InstalledCertKey& certkey);
/// Another installation's mark: never ours to take over.
bool is_of_other_installation(const Planner& planner, const model::InstalledCertKey& certkey);
/// The appliance's own.
bool is_built_in(const model::InstalledCertKey& certkey);
/// With updatePolicy NewCertKey: the wanted name, or a version of it.
bool is_version_of(const std::string& certkey, const WantedCertKey& wanted);
/// The key type of an installed certkey, from what the appliance calls its public key.
model::KeyType key_type(const model::InstalledCertKey& certkey);
/// CN of an installed certkey's subject; empty if none.
std::string common_name(const model::InstalledCertKey& certkey);

/// claims.cpp: which of the wanted certkeys may have their names; the others become problems.
std::vector<WantedCertKey> settle_claims(Planner& planner);
/// chains.cpp: the certkey that each leaf links to, planning what is missing. "" = nothing to link to.
/// Nothing at all = a problem was said, and links stay as they are.
std::optional<std::string> plan_chain(Planner& planner, const WantedCertKey& certkey);
/// bindings.cpp
bool update_keeps_bindings(Planner& planner, const WantedCertKey& certkey);
void plan_bindings(Planner& planner, const WantedCertKey& certkey);
/// Of a held certkey: what only adds.
void plan_additions(Planner& planner, const WantedCertKey& held);
/// After all bindings: a slot that one gives up and another takes is bound over, never empty.
void plan_unbinds(Planner& planner, const WantedCertKey& certkey);
void plan_removals(Planner& planner);
/// versions.cpp: what NewCertKey has replaced, unbound and, once unused and expired, deleted.
void plan_versions(Planner& planner, const WantedCertKey& certkey);
/// cleanup.cpp
void plan_cleanup(Planner& planner);

}  // namespace certsync::plan
