// Who may have which certkey. The incumbent, whose mark is on the appliance, wins; between newcomers the older, then
// the smaller namespace/name. A loser's message names its own certkey, never another namespace.
#include <algorithm>

#include "plan/planner.h"

namespace certsync::plan {
namespace {

enum class Holder { Nobody, Us, LivingResource, GoneResource, Person };

bool file_of_resource_left(const Planner& planner, const std::string& resource) {
  return std::any_of(planner.seen.files.begin(), planner.seen.files.end(), [&](const auto& file) {
    const auto mark = model::parse_file_name(file.first);
    // One that another certkey of the resource uses proves nothing for this one.
    return mark && mark->owner == planner.wanted.owner && mark->resource == resource &&
           !planner.outlook.uses(file.first);
  });
}

Holder holder_of(const Planner& planner, const WantedCertKey& wanted) {
  const auto found = planner.seen.certkeys.find(wanted.name);
  if (found == planner.seen.certkeys.end()) return Holder::Nobody;
  const std::string resource = model::resource_mark(wanted.ref());
  const auto mark = our_mark(planner, found->second);
  // Files replaced by hand: ours still, as long as a file of ours lies there to show it.
  if (!mark) return file_of_resource_left(planner, resource) ? Holder::Us : Holder::Person;
  if (mark->resource == resource) return Holder::Us;
  const bool living = planner.wanted.living.count(mark->resource) != 0;
  if (mark->shared() || living || !planner.wanted.complete) return Holder::LivingResource;
  return Holder::GoneResource;
}

// The certkey under which the same certificate is loaded already, other than its own name; empty if none.
std::string loaded_elsewhere(const Planner& planner, const WantedCertKey& wanted) {
  const auto& leaf = *wanted.chain->leaf;
  const auto alike = planner.by_serial.find(leaf.serial);
  if (alike == planner.by_serial.end()) return "";
  for (const auto* certkey : alike->second) {
    if (certkey->name != wanted.name && same_issue(leaf, certkey->serial, certkey->issuer)) return certkey->name;
  }
  return "";
}

void refuse_duplicate(Planner& planner, const WantedCertKey& wanted, const std::string& other) {
  const auto installed = planner.seen.certkeys.find(other);
  const bool foreign = installed != planner.seen.certkeys.end() && !our_mark(planner, installed->second);
  planner.problem(wanted, ErrorKind::Conflict, Reason::CertificateAlreadyInstalled,
                  "certkey " + wanted.name + ": the same certificate is loaded already " +
                      (foreign ? "as certkey " + other : std::string("for another resource")) +
                      ", and NetScaler loads one only once; remove one of the two");
}

bool claim(Planner& planner, const WantedCertKey& wanted) {
  switch (holder_of(planner, wanted)) {
    case Holder::Person:
      planner.problem(wanted, ErrorKind::Conflict, Reason::CertKeyNotOwned,
                      "certkey " + wanted.name +
                          " exists and is not ours; remove or rename it, or choose another spec.certKey.name");
      return false;
    case Holder::LivingResource:
      planner.problem(wanted, ErrorKind::Conflict, Reason::CertKeyNotOwned,
                      "certkey " + wanted.name + " belongs to another resource; choose another spec.certKey.name");
      return false;
    case Holder::Nobody:
    case Holder::Us:
    case Holder::GoneResource:
      break;
  }
  const auto other = loaded_elsewhere(planner, wanted);
  if (other.empty()) return true;
  refuse_duplicate(planner, wanted, other);
  return false;
}

bool is_incumbent(const Planner& planner, const WantedCertKey& wanted) {
  return holder_of(planner, wanted) == Holder::Us;
}

}  // namespace

std::vector<WantedCertKey> settle_claims(Planner& planner) {
  // Incumbents first, otherwise in the order of `wanted`, which is by age and name.
  std::vector<WantedCertKey> ordered = planner.wanted.certkeys;
  std::stable_partition(ordered.begin(), ordered.end(),
                        [&](const auto& wanted) { return is_incumbent(planner, wanted); });
  std::vector<WantedCertKey> settled;
  std::set<std::string> names;
  std::set<std::string> certificates;
  for (auto& wanted : ordered) {
    if (!claim(planner, wanted)) continue;
    if (names.count(wanted.name) != 0) {
      planner.problem(
          wanted, ErrorKind::Conflict, Reason::CertKeyNotOwned,
          "certkey " + wanted.name + " is wanted by another resource too; choose another spec.certKey.name");
      continue;
    }
    if (certificates.count(wanted.chain->leaf->sha256) != 0) {
      refuse_duplicate(planner, wanted, "");
      continue;
    }
    names.insert(wanted.name);
    certificates.insert(wanted.chain->leaf->sha256);
    settled.push_back(std::move(wanted));
  }
  return settled;
}

}  // namespace certsync::plan
