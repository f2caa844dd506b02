// Bindings: the default slot of a virtual server (one per key type; a second binding would silently replace the first,
// warning 1546) and SNI bindings (by common name; errors 3627, 3628, 3629). And what a resource gives up.
#include <algorithm>

#include "plan/planner.h"

namespace certsync::plan {
namespace {

using model::BindingSpec;
using model::InstalledBinding;
using model::Role;
using model::Target;

Role role_of(const InstalledBinding& binding) {
  return binding.sni ? Role::Sni : Role::Default;
}

// The key type and common name that a bound certkey will have once the plan so far is done.
struct Face {
  model::KeyType key_type = model::KeyType::Other;
  std::string common_name;
};

Face face_of(const Planner& planner, const std::string& certkey) {
  const auto wanted = planner.by_name.find(certkey);
  // One that is held keeps the face it has.
  const bool stays =
      wanted != planner.by_name.end() && wanted->second->held && planner.seen.certkeys.count(certkey) != 0;
  if (wanted != planner.by_name.end() && !stays) {
    const auto& leaf = *wanted->second->chain->leaf;
    return {leaf.key_type, leaf.common_name};
  }
  const auto installed = planner.seen.certkeys.find(certkey);
  if (installed == planner.seen.certkeys.end()) return {};
  return {key_type(installed->second), common_name(installed->second)};
}

// Another certkey in the way of this binding: the default slot of the same key type, or SNI with the same common name.
std::string rival(const Planner& planner, const WantedCertKey& wanted, const Target& target, Role role) {
  const Face own = face_of(planner, wanted.name);
  // Bindings are ordered by target.
  for (auto it = planner.outlook.bindings.lower_bound({target, "", false, false});
       it != planner.outlook.bindings.end() && it->target == target; ++it) {
    const InstalledBinding& binding = *it;
    if (binding.ca || role_of(binding) != role) continue;
    if (binding.certkey == wanted.name) continue;
    const Face face = face_of(planner, binding.certkey);
    if (role == Role::Default ? face.key_type == own.key_type : face.common_name == own.common_name) {
      return binding.certkey;
    }
  }
  return "";
}

bool still_wants(const Planner& planner, const std::string& certkey, const Target& target, Role role) {
  const auto wanted = planner.by_name.find(certkey);
  if (wanted == planner.by_name.end()) return false;
  const auto& bindings = wanted->second->sync->spec.bindings;
  return std::any_of(bindings.begin(), bindings.end(),
                     [&](const BindingSpec& binding) { return binding.target == target && binding.role == role; });
}

enum class Rivalry { Replace, Person, OtherInstallation, Resource };

// A certkey whose Secret cannot be used right now is wanted all the same.
bool in_trouble(const Planner& planner, const std::string& certkey) {
  return std::any_of(planner.wanted.problems.begin(), planner.wanted.problems.end(),
                     [&](const Problem& problem) { return problem.certkey == certkey; });
}

// Its own resource bound it there and no longer names the slot.
bool given_up(const Planner& planner, const std::string& certkey, const Target& target, Role role) {
  const auto wanted = planner.by_name.find(certkey);
  return wanted != planner.by_name.end() && !still_wants(planner, certkey, target, role) &&
         wanted->second->bound_before.count(binding_key(target, role)) != 0;
}

// A person's default certificate, which the resource may and wants to take the place of.
bool adopts(const Planner& planner, const WantedCertKey& wanted, const Target& target, Role role) {
  return role == Role::Default && wanted.sync->spec.adoption_policy == model::AdoptionPolicy::Adopt &&
         permit_of(planner, wanted).adopting(target, role);
}

Rivalry judge(const Planner& planner, const WantedCertKey& wanted, const std::string& other, const Target& target,
              Role role) {
  const auto installed = planner.seen.certkeys.find(other);
  if (installed == planner.seen.certkeys.end()) return Rivalry::Resource;  // another newcomer of this very plan
  const auto mark = our_mark(planner, installed->second);
  if (is_of_other_installation(planner, installed->second)) return Rivalry::OtherInstallation;
  if (!mark) return adopts(planner, wanted, target, role) ? Rivalry::Replace : Rivalry::Person;
  if (given_up(planner, other, target, role)) return Rivalry::Replace;
  if (mark->resource == model::resource_mark(wanted.ref())) {
    const bool kept = still_wants(planner, other, target, role) || in_trouble(planner, other);
    return kept ? Rivalry::Resource : Rivalry::Replace;
  }
  const bool living = planner.wanted.living.count(mark->resource) != 0;
  return living || !planner.wanted.complete ? Rivalry::Resource : Rivalry::Replace;
}

void refuse(Planner& planner, const WantedCertKey& wanted, const Target& target, const std::string& other,
            Rivalry rivalry, Role role) {
  const std::string slot = words(target);
  const bool adopt = wanted.sync->spec.adoption_policy == model::AdoptionPolicy::Adopt;
  if (rivalry == Rivalry::Person && role == Role::Default && adopt) {
    return planner.problem(wanted, ErrorKind::Stalled, Reason::NotPermitted,
                           slot + ": certkey " + other + ", which is not ours, is the default certificate there, and " +
                               planner.wanted.appliance + " does not let namespace " + wanted.ref().space +
                               " take it over; ask for adopt: true in an entry of its spec.grants");
  }
  if (role == Role::Default && (rivalry == Rivalry::Person || rivalry == Rivalry::OtherInstallation)) {
    return planner.problem(wanted, ErrorKind::Conflict, Reason::DefaultSlotTaken,
                           slot + ": certkey " + other + ", which " +
                               (rivalry == Rivalry::Person ? "is not ours" : "belongs to another installation") +
                               ", is the default " + std::string(to_text(wanted.chain->leaf->key_type)) +
                               " certificate there; unbind it, or remove this binding" +
                               (rivalry == Rivalry::Person ? ", or take it over with adoptionPolicy: Adopt" : ""));
  }
  planner.problem(wanted, ErrorKind::Conflict, Reason::BindingConflict,
                  slot + ": " +
                      (role == Role::Default ? "the default certificate there belongs to "
                                             : "the same common name is bound there by SNI for ") +
                      (rivalry == Rivalry::Resource ? std::string("another resource") : "certkey " + other) +
                      "; certkey " + wanted.name + " is not bound");
}

bool has_name_for_sni(Planner& planner, const WantedCertKey& wanted, const Target& target) {
  if (!wanted.chain->leaf->common_name.empty()) return true;
  planner.problem(wanted, ErrorKind::Stalled, Reason::SniWouldBreak,
                  words(target) + ": the certificate has no common name, which NetScaler needs for SNI (3628)");
  return false;
}

bool sni_planned(const Planner& planner, const model::SslVirtualServer& server) {
  return std::any_of(planner.changes.begin(), planner.changes.end(), [&](const Step& step) {
    const auto* enable = std::get_if<EnableSni>(&step.action);
    if (enable == nullptr) return false;
    return server.profile.empty() ? enable->virtual_server == server.name : enable->profile == server.profile;
  });
}

// Virtual servers that the profile rules and that are not this resource's to change.
std::string not_granted_with(const Planner& planner, const WantedCertKey& wanted, const std::string& profile) {
  std::string names;
  const Permit permit = permit_of(planner, wanted);
  for (const auto& [name, server] : planner.seen.virtual_servers) {
    if (server.profile != profile || permit.binding(name, Role::Sni)) continue;
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

bool sni_ready(Planner& planner, const WantedCertKey& wanted, const BindingSpec& binding) {
  const auto& server = planner.seen.virtual_servers.at(binding.target.name);
  if (server.sni_enabled || sni_planned(planner, server)) return true;
  const std::string slot = words(binding.target);
  if (!binding.enable_sni) {
    planner.problem(wanted, ErrorKind::Stalled, Reason::SniDisabled,
                    slot + ": SNI is off there (3627); turn it on, or set enableSNI: true on the binding");
    return false;
  }
  if (!server.profile.empty()) {
    const auto others = not_granted_with(planner, wanted, server.profile);
    if (!others.empty()) {
      planner.problem(wanted, ErrorKind::Stalled, Reason::SniDisabled,
                      slot + ": SNI is off in SSL profile " + server.profile +
                          ", which rules virtual servers that are not granted to this namespace too; have its owner "
                          "turn SNI on");
      return false;
    }
  }
  planner.changes.push_back({EnableSni{server.name, server.profile}, wanted.name, wanted.ref(), {}});
  return true;
}

// False: somebody else's binding is in the way, which has been said. `over`: the default certificate that is bound
// over.
bool clear_slot(Planner& planner, const WantedCertKey& wanted, const BindingSpec& binding, std::string& over) {
  const auto other = rival(planner, wanted, binding.target, binding.role);
  if (other.empty()) return true;
  const Rivalry rivalry = judge(planner, wanted, other, binding.target, binding.role);
  if (rivalry != Rivalry::Replace) {
    refuse(planner, wanted, binding.target, other, rivalry, binding.role);
    return false;
  }
  const auto installed = planner.seen.certkeys.find(other);
  if (installed != planner.seen.certkeys.end() && !our_mark(planner, installed->second)) {
    planner.notice(wanted, "Adopted",
                   words(binding.target) + ": takes the place of certkey " + other +
                       " as the default certificate; that certkey stays, unbound",
                   true);
  }
  // The default slot is bound over, so that it is never empty; a second SNI certificate of one name is refused.
  const bool sni = binding.role == Role::Sni;
  if (sni) {
    planner.changes.push_back(
        {Unbind{binding.target, other, Role::Sni}, wanted.name, wanted.ref(), {to_text(binding.target)}});
  }
  if (!sni) over = other;
  planner.outlook.bindings.erase({binding.target, other, sni, false});
  return true;
}

bool target_is_there(const Planner& planner, const Target& target) {
  return target.kind == model::TargetKind::VirtualServer ? planner.seen.virtual_servers.count(target.name) != 0
                                                         : planner.seen.services.count(target) != 0;
}

void plan_binding(Planner& planner, const WantedCertKey& wanted, const BindingSpec& binding) {
  if (!target_is_there(planner, binding.target)) {
    const bool hidden = planner.seen.services_hidden && binding.target.kind != model::TargetKind::VirtualServer;
    if (hidden) {
      return planner.problem(
          wanted, ErrorKind::Stalled, Reason::NotAuthorized,
          words(binding.target) +
              ": the account may not see SSL services and service groups; extend its command policy");
    }
    return planner.problem(wanted, ErrorKind::Stalled, Reason::TargetNotFound,
                           words(binding.target) + ": the appliance has none of that name with SSL");
  }
  const bool sni = binding.role == Role::Sni;
  const InstalledBinding bound{binding.target, wanted.name, sni, false};
  const bool there = planner.outlook.bindings.count(bound) != 0;
  std::string over;
  if (!there) {
    if (sni && !has_name_for_sni(planner, wanted, binding.target)) return;
    if (!clear_slot(planner, wanted, binding, over)) return;
  }
  if (sni && !sni_ready(planner, wanted, binding)) return;
  if (there) return;
  Step bind{Bind{binding.target, wanted.name, binding.role, over}, wanted.name, wanted.ref(), {}};
  if (!over.empty()) bind.disturbs = {to_text(binding.target)};
  planner.changes.push_back(std::move(bind));
  planner.outlook.bindings.insert(bound);
}

void plan_unbind(Planner& planner, const InstalledBinding& binding, const model::ObjectRef& sync,
                 const std::string& group) {
  planner.changes.push_back(
      {Unbind{binding.target, binding.certkey, role_of(binding)}, group, sync, {to_text(binding.target)}});
  planner.outlook.bindings.erase(binding);
}

bool removable(const Planner& planner, const Removal& removal, const model::InstalledCertKey& certkey) {
  const auto mark = our_mark(planner, certkey);
  if (!mark || mark->resource != removal.resource_mark) return false;
  if (!removal.certkeys.empty() && removal.certkeys.count(certkey.name) == 0) return false;
  return planner.by_name.count(certkey.name) == 0;
}

// Where taking it away would leave a virtual server without any default certificate.
std::string last_default_at(const Planner& planner, const std::string& certkey) {
  for (const auto& binding : planner.outlook.bindings) {
    if (binding.certkey != certkey || binding.sni || binding.ca) continue;
    const bool another = std::any_of(planner.outlook.bindings.begin(), planner.outlook.bindings.end(),
                                     [&](const InstalledBinding& other) {
                                       // One that is only planned may still be refused.
                                       return other.target == binding.target && other.certkey != certkey &&
                                              !other.sni && !other.ca && planner.seen.bindings.count(other) != 0;
                                     });
    if (!another) return words(binding.target);
  }
  return "";
}

// expiredPolicy Remove: two clocks must agree, and no virtual server may be left with nothing.
bool may_go_expired(Planner& planner, const Removal& removal, const model::InstalledCertKey& certkey) {
  const bool over = certkey.expired && certkey.not_after && *certkey.not_after <= planner.wanted.now;
  if (!over) return false;
  const auto last = last_default_at(planner, certkey.name);
  if (!last.empty()) {
    planner.plan.notices.push_back({removal.sync, "ExpiredKept",
                                    "certkey " + certkey.name +
                                        " has expired and stays: it is the last default "
                                        "certificate of " +
                                        last,
                                    true});
    return false;
  }
  planner.plan.notices.push_back(
      {removal.sync, "ExpiredRemoved", "certkey " + certkey.name + " has expired and is removed", true});
  return true;
}

// The certkey that took the place of what the resource had from another Secret; none while anything of it is in doubt.
const WantedCertKey* successor(const Planner& planner, const model::ObjectRef& sync) {
  const auto& problems = planner.plan.problems;
  const bool doubt =
      std::any_of(problems.begin(), problems.end(), [&](const Problem& problem) { return problem.sync == sync; });
  const auto& certkeys = planner.plan.certkeys;
  const auto found = std::find_if(certkeys.begin(), certkeys.end(),
                                  [&](const WantedCertKey& certkey) { return certkey.ref() == sync && !certkey.held; });
  return doubt || found == certkeys.end() ? nullptr : &*found;
}

// With steps of its successor it goes together with them: should one of them fail, it stays.
std::string group_of(const Planner& planner, const std::string& certkey, const WantedCertKey* instead) {
  const bool together =
      instead != nullptr && std::any_of(planner.changes.begin(), planner.changes.end(),
                                        [&](const Step& step) { return step.group == instead->name; });
  return together ? instead->name : certkey;
}

void remove(Planner& planner, const Removal& removal, const model::InstalledCertKey& certkey,
            const std::string& group) {
  bool used_by_others = false;
  const std::set<InstalledBinding> bindings = planner.outlook.bindings;
  for (const auto& binding : bindings) {
    if (binding.certkey != certkey.name) continue;
    if (!binding.ca && removal.bindings.count(binding_key(binding.target, role_of(binding))) != 0) {
      plan_unbind(planner, binding, removal.sync, group);
    } else {
      used_by_others = true;
      planner.plan.notices.push_back(
          {removal.sync, "CertKeyInUse",
           "certkey " + certkey.name + " stays: a binding to " + to_text(binding.target) + " that is not ours uses it",
           true});
    }
  }
  if (used_by_others) return;
  if (planner.outlook.links.erase(certkey.name) != 0) {
    planner.changes.push_back({Unlink{certkey.name}, group, removal.sync, {}});
  }
  planner.changes.push_back({DeleteCertKey{certkey.name}, group, removal.sync, {}});
  planner.outlook.certkeys.erase(certkey.name);
  planner.outlook.release(certkey.cert_file);
  planner.outlook.release(certkey.key_file);
}

}  // namespace

bool update_keeps_bindings(Planner& planner, const WantedCertKey& wanted) {
  for (const auto& binding : planner.outlook.bindings) {
    if (binding.certkey != wanted.name || binding.ca) continue;
    if (!binding.sni) {
      // A certificate of another key type moves to another default slot; one that is held there would be replaced.
      const auto other = rival(planner, wanted, binding.target, Role::Default);
      if (other.empty() || judge(planner, wanted, other, binding.target, Role::Default) == Rivalry::Replace) continue;
      refuse(planner, wanted, binding.target, other, judge(planner, wanted, other, binding.target, Role::Default),
             Role::Default);
      return false;
    }
    const std::string where = "certkey " + wanted.name + " is bound by SNI to " + to_text(binding.target) + ", and ";
    if (wanted.chain->leaf->common_name.empty()) {
      planner.problem(wanted, ErrorKind::Stalled, Reason::SniWouldBreak,
                      where + "the new certificate has no common name: updating would break the binding (3638)");
      return false;
    }
    if (!rival(planner, wanted, binding.target, Role::Sni).empty()) {
      planner.problem(wanted, ErrorKind::Stalled, Reason::SniWouldBreak,
                      where + "another certificate there has the new common name '" + wanted.chain->leaf->common_name +
                          "' already: updating would break a binding (3637)");
      return false;
    }
  }
  return true;
}

void plan_bindings(Planner& planner, const WantedCertKey& certkey) {
  for (const auto& binding : certkey.sync->spec.bindings)
    plan_binding(planner, certkey, binding);
}

// What a person took away is put back at once, with the certificate that is there.
void plan_additions(Planner& planner, const WantedCertKey& held) {
  const auto installed = planner.seen.certkeys.find(held.name);
  if (!held.adds || installed == planner.seen.certkeys.end()) return;
  const auto mark = our_mark(planner, installed->second);
  if (!mark || mark->resource != model::resource_mark(held.ref())) return;
  for (const auto& binding : held.sync->spec.bindings) {
    const bool sni = binding.role == Role::Sni;
    const InstalledBinding bound{binding.target, held.name, sni, false};
    if (planner.outlook.bindings.count(bound) != 0 || !target_is_there(planner, binding.target)) continue;
    if (sni && !planner.seen.virtual_servers.at(binding.target.name).sni_enabled) continue;
    if (sni && common_name(installed->second).empty()) continue;
    if (!rival(planner, held, binding.target, binding.role).empty()) continue;
    planner.changes.push_back({Bind{binding.target, held.name, binding.role}, held.name, held.ref(), {}});
    planner.outlook.bindings.insert(bound);
  }
}

// A binding that the resource bound and its spec no longer names. Others are a person's.
void plan_unbinds(Planner& planner, const WantedCertKey& wanted) {
  const std::set<InstalledBinding> bindings = planner.outlook.bindings;
  for (const auto& binding : bindings) {
    if (binding.certkey != wanted.name || binding.ca) continue;
    const Role role = role_of(binding);
    if (still_wants(planner, wanted.name, binding.target, role)) continue;
    if (wanted.bound_before.count(binding_key(binding.target, role)) == 0) continue;
    plan_unbind(planner, binding, wanted.ref(), wanted.name);
  }
}

void plan_removals(Planner& planner) {
  for (const auto& removal : planner.wanted.removals) {
    const WantedCertKey* instead = removal.replaced ? successor(planner, removal.sync) : nullptr;
    if (removal.replaced && instead == nullptr) continue;
    for (const auto& [name, certkey] : planner.seen.certkeys) {
      if (!removable(planner, removal, certkey)) continue;
      // Versions have a life of their own.
      if (instead != nullptr && is_version_of(name, *instead)) continue;
      if (removal.only_expired && !may_go_expired(planner, removal, certkey)) continue;
      remove(planner, removal, certkey, group_of(planner, name, instead));
    }
  }
}

}  // namespace certsync::plan
