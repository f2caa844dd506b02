// Who may have which certkey, and which certkey that is. The incumbent, whose mark is on the appliance, wins; between
// newcomers the older, then the smaller namespace/name. A loser's message names its own certkey, never another
// namespace.
#include <algorithm>

#include "plan/planner.h"

namespace certsync::plan {
namespace {

using model::InstalledCertKey;

enum class Holder { Nobody, Us, LivingResource, GoneResource, Person, OtherInstallation };

bool file_of_resource_left(const Planner& planner, const std::string& resource) {
  return std::any_of(planner.seen.files.begin(), planner.seen.files.end(), [&](const auto& file) {
    const auto mark = model::parse_file_name(file.first);
    // One that another certkey of the resource uses proves nothing for this one.
    return mark && planner.wanted.owner.includes(mark->owner) && mark->resource == resource &&
           !planner.outlook.uses(file.first);
  });
}

Holder holder_of(const Planner& planner, const WantedCertKey& wanted, const std::string& name) {
  const auto found = planner.seen.certkeys.find(name);
  if (found == planner.seen.certkeys.end()) return Holder::Nobody;
  const std::string resource = model::resource_mark(wanted.ref());
  if (is_of_other_installation(planner, found->second)) return Holder::OtherInstallation;
  const auto mark = our_mark(planner, found->second);
  // Files replaced by hand: ours still, as long as a file of ours lies there to show it.
  if (!mark) return file_of_resource_left(planner, resource) ? Holder::Us : Holder::Person;
  if (mark->resource == resource) return Holder::Us;
  const bool living = planner.wanted.living.count(mark->resource) != 0;
  if (mark->shared() || living || !planner.wanted.complete) return Holder::LivingResource;
  return Holder::GoneResource;
}

// The certkey under which the same certificate is loaded already, other than its own name.
const InstalledCertKey* loaded_elsewhere(const Planner& planner, const WantedCertKey& wanted) {
  const auto& leaf = *wanted.chain->leaf;
  const auto alike = planner.by_serial.find(leaf.serial);
  if (alike == planner.by_serial.end()) return nullptr;
  for (const auto* certkey : alike->second) {
    if (certkey->name != wanted.name && same_issue(leaf, certkey->serial, certkey->issuer)) return certkey;
  }
  return nullptr;
}

void refuse_duplicate(Planner& planner, const WantedCertKey& wanted, const InstalledCertKey* other) {
  const bool foreign = other != nullptr && !our_mark(planner, *other);
  const bool adoptable = foreign && !is_of_other_installation(planner, *other) && !is_built_in(*other);
  planner.problem(wanted, ErrorKind::Conflict, Reason::CertificateAlreadyInstalled,
                  "certkey " + wanted.name + ": the same certificate is loaded already " +
                      (foreign ? "as certkey " + other->name : std::string("for another resource")) +
                      ", and NetScaler loads one only once; remove one of the two" +
                      (adoptable ? ", or take it over with adoptionPolicy: Adopt" : ""));
}

// True: this resource may take a person's certkey over. Otherwise says why not.
bool may_adopt(Planner& planner, const WantedCertKey& wanted, const std::string& certkey) {
  if (permit_of(planner, wanted).adopting()) return true;
  planner.problem(wanted, ErrorKind::Stalled, Reason::NotPermitted,
                  "certkey " + certkey + " is not ours, and " + planner.wanted.appliance + " does not let namespace " +
                      wanted.ref().space + " take one over; ask for adopt: true in an entry of its spec.grants");
  return false;
}

bool has_versions(const WantedCertKey& wanted) {
  return wanted.sync->spec.update_policy == model::UpdatePolicy::NewCertKey;
}

bool has_own_version(const Planner& planner, const WantedCertKey& wanted) {
  const auto own = planner.by_resource.find(model::resource_mark(wanted.ref()));
  return own != planner.by_resource.end() &&
         std::any_of(own->second.begin(), own->second.end(),
                     [&](const InstalledCertKey* certkey) { return is_version_of(certkey->name, wanted); });
}

bool wants_to_adopt(const WantedCertKey& wanted) {
  return wanted.sync->spec.adoption_policy == model::AdoptionPolicy::Adopt;
}

// Takes over the certkey `other`, in which the very certificate is loaded: it keeps its name.
bool adopt_loaded(Planner& planner, WantedCertKey& wanted, const InstalledCertKey& other) {
  const bool adoptable = !our_mark(planner, other) && !is_of_other_installation(planner, other) && !is_built_in(other);
  if (!adoptable || !wants_to_adopt(wanted)) {
    refuse_duplicate(planner, wanted, &other);
    return false;
  }
  if (!may_adopt(planner, wanted, other.name)) return false;
  planner.notice(wanted, "Adopted",
                 "certkey " + other.name + " has this very certificate and is taken over; it keeps its name", true);
  wanted.name = other.name;
  return true;
}

bool claim_name(Planner& planner, const WantedCertKey& wanted, const std::string& name) {
  switch (holder_of(planner, wanted, name)) {
    case Holder::Person:
      if (wants_to_adopt(wanted)) {
        if (!may_adopt(planner, wanted, name)) return false;
        if (name == wanted.name)
          planner.notice(wanted, "Adopted", "certkey " + name + " was not ours and is taken over", true);
        return true;
      }
      planner.problem(wanted, ErrorKind::Conflict, Reason::CertKeyNotOwned,
                      "certkey " + name +
                          " exists and is not ours; remove or rename it, choose another spec.certKey.name, or take it "
                          "over with adoptionPolicy: Adopt");
      return false;
    case Holder::OtherInstallation:
      planner.problem(wanted, ErrorKind::Conflict, Reason::CertKeyNotOwned,
                      "certkey " + name +
                          " belongs to another installation of this operator; choose another spec.certKey.name, or "
                          "name its owner id in --former-owner-ids if it is no more");
      return false;
    case Holder::LivingResource:
      planner.problem(wanted, ErrorKind::Conflict, Reason::CertKeyNotOwned,
                      "certkey " + name + " belongs to another resource; choose another spec.certKey.name");
      return false;
    case Holder::Nobody:
    case Holder::Us:
    case Holder::GoneResource:
      break;
  }
  return true;
}

bool claim(Planner& planner, WantedCertKey& wanted) {
  // A first version of a certkey is for those only who may have the certkey itself.
  const bool first_version = has_versions(wanted) && wanted.name != wanted.asked && !has_own_version(planner, wanted);
  if (first_version && !claim_name(planner, wanted, wanted.asked)) return false;
  if (!claim_name(planner, wanted, wanted.name)) return false;
  const auto* other = loaded_elsewhere(planner, wanted);
  return other == nullptr || adopt_loaded(planner, wanted, *other);
}

bool is_incumbent(const Planner& planner, const WantedCertKey& wanted) {
  return holder_of(planner, wanted, wanted.name) == Holder::Us ||
         (has_versions(wanted) && has_own_version(planner, wanted));
}

bool has_content(const InstalledCertKey& certkey, const WantedCertKey& wanted) {
  const auto mark = model::parse_file_name(certkey.cert_file);
  return mark && mark->content == model::content_mark(wanted.chain->leaf->sha256);
}

// What the status remembers of this Secret's certkey.
bool is_remembered(const WantedCertKey& wanted, const std::string& certkey) {
  const auto& known = wanted.sync->status.certificates;
  const auto& secret = wanted.secret_name();
  return std::any_of(known.begin(), known.end(), [&](const model::CertificateStatus& one) {
    return one.certkey == certkey && one.secret_name == secret;
  });
}

// A certkey that was taken over keeps its name: told by its content, else by what the status remembers. With the status
// lost and another certificate come meanwhile it is left behind, and bound over.
std::string adopted_name(const Planner& planner, const WantedCertKey& wanted,
                         const std::vector<const InstalledCertKey*>& own) {
  for (const auto* certkey : own) {
    if (has_content(*certkey, wanted)) return certkey->name;
  }
  if (planner.seen.certkeys.count(wanted.name) != 0) return wanted.name;
  for (const auto* certkey : own) {
    if (is_remembered(wanted, certkey->name)) return certkey->name;
  }
  return wanted.name;
}

// NewCertKey: the first has the plain name; each later certificate gets a certkey of its own.
std::string version_name(const Planner& planner, const WantedCertKey& wanted,
                         const std::vector<const InstalledCertKey*>& own) {
  for (const auto* certkey : own) {
    if (has_content(*certkey, wanted)) return certkey->name;
  }
  if (planner.seen.certkeys.count(wanted.name) == 0) return wanted.name;
  return model::version_name(wanted.name, wanted.sync->spec.certkey.max_name_length, wanted.chain->leaf->sha256);
}

void choose_name(const Planner& planner, WantedCertKey& wanted, const std::set<std::string>& asked) {
  std::vector<const InstalledCertKey*> own;
  if (const auto found = planner.by_resource.find(model::resource_mark(wanted.ref()));
      found != planner.by_resource.end()) {
    for (const auto* certkey : found->second) {
      if (certkey->name == wanted.asked || asked.count(certkey->name) == 0) own.push_back(certkey);
    }
  }
  wanted.name = has_versions(wanted) ? version_name(planner, wanted, own) : adopted_name(planner, wanted, own);
}

// A file of a former owner's with the same meaning stays until the next renewal.
bool same_meaning(const Planner& planner, const std::string& wanted, const std::string& installed) {
  if (wanted == installed) return true;
  auto ours = model::parse_file_name(wanted);
  const auto there = model::parse_file_name(installed);
  if (!ours || !there || !planner.wanted.owner.includes(there->owner)) return false;
  ours->owner = there->owner;
  return *ours == *there;
}

void keep_files(const Planner& planner, WantedCertKey& wanted) {
  const auto installed = planner.seen.certkeys.find(wanted.name);
  if (installed == planner.seen.certkeys.end()) return;
  const auto& [name, certkey] = *installed;
  if (!same_meaning(planner, wanted.cert_file, certkey.cert_file)) return;
  if (wanted.encrypted_key) {
    // Its name says nothing about its content; diff looks at whose it is.
    wanted.cert_file = certkey.cert_file;
  } else if (same_meaning(planner, wanted.key_file, certkey.key_file)) {
    wanted.cert_file = certkey.cert_file;
    wanted.key_file = certkey.key_file;
  }
}

}  // namespace

std::vector<WantedCertKey> settle_claims(Planner& planner) {
  std::vector<WantedCertKey> ordered = planner.wanted.certkeys;
  std::map<model::ObjectRef, std::set<std::string>> asked;
  for (const auto& wanted : ordered)
    asked[wanted.ref()].insert(wanted.asked);
  for (auto& wanted : ordered)
    choose_name(planner, wanted, asked[wanted.ref()]);
  // Incumbents first, otherwise in the order of `wanted`, which is by age and name.
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
      refuse_duplicate(planner, wanted, nullptr);
      continue;
    }
    keep_files(planner, wanted);
    names.insert(wanted.name);
    certificates.insert(wanted.chain->leaf->sha256);
    settled.push_back(std::move(wanted));
  }
  return settled;
}

}  // namespace certsync::plan
