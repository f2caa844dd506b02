// Bindings: the default slot of a virtual server (one per key type; a second binding would silently replace the first,
// warning 1546) and SNI bindings (by common name; errors 3627, 3628, 3629). And what a resource gives up.
#include <algorithm>

#include "plan/planner.h"

namespace certsync::plan {
namespace {

using model::BindingSpec;
using model::InstalledBinding;
using model::Role;

Role role_of(const InstalledBinding& binding) {
  return binding.sni ? Role::Sni : Role::Default;
}

// The key type and common name that a bound certkey will have once the plan so far is done.
struct Face {
  model::KeyType key_type = model::KeyType::Other;
  std::string common_name;
};

Face face_of(const Planner& planner, const std::string& certkey) {
  if (const auto wanted = planner.by_name.find(certkey); wanted != planner.by_name.end()) {
    const auto& leaf = *wanted->second->chain->leaf;
    return {leaf.key_type, leaf.common_name};
  }
  const auto installed = planner.seen.certkeys.find(certkey);
  if (installed == planner.seen.certkeys.end()) return {};
  return {key_type(installed->second), common_name(installed->second)};
}

// Another certkey in the way of this binding: the default slot of the same key type, or SNI with the same common name.
std::string rival(const Planner& planner, const WantedCertKey& wanted, const std::string& virtual_server, Role role) {
  const auto& leaf = *wanted.chain->leaf;
  // Bindings are ordered by virtual server.
  for (auto it = planner.outlook.bindings.lower_bound({virtual_server, "", false, false});
       it != planner.outlook.bindings.end() && it->virtual_server == virtual_server; ++it) {
    const InstalledBinding& binding = *it;
    if (binding.ca || role_of(binding) != role) continue;
    if (binding.certkey == wanted.name) continue;
    const Face face = face_of(planner, binding.certkey);
    if (role == Role::Default ? face.key_type == leaf.key_type : face.common_name == leaf.common_name) {
      return binding.certkey;
    }
  }
  return "";
}

bool still_wants(const Planner& planner, const std::string& certkey, const std::string& virtual_server, Role role) {
  const auto wanted = planner.by_name.find(certkey);
  if (wanted == planner.by_name.end()) return false;
  const auto& bindings = wanted->second->sync->spec.bindings;
  return std::any_of(bindings.begin(), bindings.end(), [&](const BindingSpec& binding) {
    return binding.virtual_server == virtual_server && binding.role == role;
  });
}

enum class Rivalry { Replace, Person, Resource };

// A certkey whose Secret cannot be used right now is wanted all the same.
bool in_trouble(const Planner& planner, const std::string& certkey) {
  return std::any_of(planner.wanted.problems.begin(), planner.wanted.problems.end(),
                     [&](const Problem& problem) { return problem.certkey == certkey; });
}

// Its own resource bound it there and no longer names the slot.
bool given_up(const Planner& planner, const std::string& certkey, const std::string& virtual_server, Role role) {
  const auto wanted = planner.by_name.find(certkey);
  return wanted != planner.by_name.end() && !still_wants(planner, certkey, virtual_server, role) &&
         wanted->second->bound_before.count(binding_key(virtual_server, role)) != 0;
}

Rivalry judge(const Planner& planner, const WantedCertKey& wanted, const std::string& other,
              const std::string& virtual_server, Role role) {
  const auto installed = planner.seen.certkeys.find(other);
  if (installed == planner.seen.certkeys.end()) return Rivalry::Resource;  // another newcomer of this very plan
  const auto mark = our_mark(planner, installed->second);
  if (!mark) return Rivalry::Person;
  if (given_up(planner, other, virtual_server, role)) return Rivalry::Replace;
  if (mark->resource == model::resource_mark(wanted.ref())) {
    const bool kept = still_wants(planner, other, virtual_server, role) || in_trouble(planner, other);
    return kept ? Rivalry::Resource : Rivalry::Replace;
  }
  const bool living = planner.wanted.living.count(mark->resource) != 0;
  return living || !planner.wanted.complete ? Rivalry::Resource : Rivalry::Replace;
}

void refuse(Planner& planner, const WantedCertKey& wanted, const std::string& slot, const std::string& other,
            Rivalry rivalry, Role role) {
  if (rivalry == Rivalry::Person && role == Role::Default) {
    return planner.problem(wanted, ErrorKind::Conflict, Reason::DefaultSlotTaken,
                           slot + ": certkey " + other + ", which is not ours, is the default " +
                               std::string(to_text(wanted.chain->leaf->key_type)) +
                               " certificate there; unbind it, or remove this binding");
  }
  planner.problem(wanted, ErrorKind::Conflict, Reason::BindingConflict,
                  slot + ": " +
                      (role == Role::Default ? "the default certificate there belongs to "
                                             : "the same common name is bound there by SNI for ") +
                      (rivalry == Rivalry::Person ? "certkey " + other : std::string("another resource")) +
                      "; certkey " + wanted.name + " is not bound");
}

bool has_name_for_sni(Planner& planner, const WantedCertKey& wanted, const std::string& slot) {
  if (!wanted.chain->leaf->common_name.empty()) return true;
  planner.problem(wanted, ErrorKind::Stalled, Reason::SniWouldBreak,
                  slot + ": the certificate has no common name, which NetScaler needs for SNI (3628)");
  return false;
}

bool sni_ready(Planner& planner, const WantedCertKey& wanted, const BindingSpec& binding, const std::string& slot) {
  if (planner.seen.virtual_servers.at(binding.virtual_server).sni_enabled) return true;
  if (!binding.enable_sni) {
    planner.problem(wanted, ErrorKind::Stalled, Reason::SniDisabled,
                    slot + ": SNI is off there (3627); turn it on, or set enableSNI: true on the binding");
    return false;
  }
  const bool planned = std::any_of(planner.changes.begin(), planner.changes.end(), [&](const Step& step) {
    const auto* enable = std::get_if<EnableSni>(&step.action);
    return enable != nullptr && enable->virtual_server == binding.virtual_server;
  });
  if (!planned) planner.changes.push_back({EnableSni{binding.virtual_server}, wanted.name, wanted.ref(), {}});
  return true;
}

// False: somebody else's binding is in the way, which has been said.
bool clear_slot(Planner& planner, const WantedCertKey& wanted, const BindingSpec& binding, const std::string& slot) {
  const auto other = rival(planner, wanted, binding.virtual_server, binding.role);
  if (other.empty()) return true;
  const Rivalry rivalry = judge(planner, wanted, other, binding.virtual_server, binding.role);
  if (rivalry != Rivalry::Replace) {
    refuse(planner, wanted, slot, other, rivalry, binding.role);
    return false;
  }
  // The default slot is bound over, so that it is never empty; a second SNI certificate of one name is refused.
  const bool sni = binding.role == Role::Sni;
  if (sni) {
    planner.changes.push_back(
        {Unbind{binding.virtual_server, other, Role::Sni}, wanted.name, wanted.ref(), {binding.virtual_server}});
  }
  planner.outlook.bindings.erase({binding.virtual_server, other, sni, false});
  return true;
}

void plan_binding(Planner& planner, const WantedCertKey& wanted, const BindingSpec& binding) {
  const std::string slot = "virtual server " + binding.virtual_server;
  if (planner.seen.virtual_servers.count(binding.virtual_server) == 0) {
    return planner.problem(wanted, ErrorKind::Stalled, Reason::TargetNotFound,
                           slot + ": no SSL virtual server of that name on the appliance");
  }
  const bool sni = binding.role == Role::Sni;
  const InstalledBinding bound{binding.virtual_server, wanted.name, sni, false};
  const bool there = planner.outlook.bindings.count(bound) != 0;
  if (!there) {
    if (sni && !has_name_for_sni(planner, wanted, slot)) return;
    if (!clear_slot(planner, wanted, binding, slot)) return;
  }
  if (sni && !sni_ready(planner, wanted, binding, slot)) return;
  if (there) return;
  planner.changes.push_back({Bind{binding.virtual_server, wanted.name, binding.role}, wanted.name, wanted.ref(), {}});
  planner.outlook.bindings.insert(bound);
}

void plan_unbind(Planner& planner, const InstalledBinding& binding, const model::ObjectRef& sync) {
  planner.changes.push_back({Unbind{binding.virtual_server, binding.certkey, role_of(binding)},
                             binding.certkey,
                             sync,
                             {binding.virtual_server}});
  planner.outlook.bindings.erase(binding);
}

bool removable(const Planner& planner, const Removal& removal, const model::InstalledCertKey& certkey) {
  const auto mark = our_mark(planner, certkey);
  if (!mark || mark->resource != removal.resource_mark) return false;
  if (!removal.certkeys.empty() && removal.certkeys.count(certkey.name) == 0) return false;
  return planner.by_name.count(certkey.name) == 0;
}

void remove(Planner& planner, const Removal& removal, const model::InstalledCertKey& certkey) {
  bool used_by_others = false;
  const std::set<InstalledBinding> bindings = planner.outlook.bindings;
  for (const auto& binding : bindings) {
    if (binding.certkey != certkey.name) continue;
    if (!binding.ca && removal.bindings.count(binding_key(binding.virtual_server, role_of(binding))) != 0) {
      plan_unbind(planner, binding, removal.sync);
    } else {
      used_by_others = true;
      planner.plan.notices.push_back(
          {removal.sync, "CertKeyInUse",
           "certkey " + certkey.name + " stays: a binding to " + binding.virtual_server + " that is not ours uses it",
           true});
    }
  }
  if (used_by_others) return;
  if (planner.outlook.links.erase(certkey.name) != 0) {
    planner.changes.push_back({Unlink{certkey.name}, certkey.name, removal.sync, {}});
  }
  planner.changes.push_back({DeleteCertKey{certkey.name}, certkey.name, removal.sync, {}});
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
      const auto other = rival(planner, wanted, binding.virtual_server, Role::Default);
      if (other.empty() || judge(planner, wanted, other, binding.virtual_server, Role::Default) == Rivalry::Replace)
        continue;
      refuse(planner, wanted, "virtual server " + binding.virtual_server, other,
             judge(planner, wanted, other, binding.virtual_server, Role::Default), Role::Default);
      return false;
    }
    const std::string where = "certkey " + wanted.name + " is bound by SNI to " + binding.virtual_server + ", and ";
    if (wanted.chain->leaf->common_name.empty()) {
      planner.problem(wanted, ErrorKind::Stalled, Reason::SniWouldBreak,
                      where + "the new certificate has no common name: updating would break the binding (3638)");
      return false;
    }
    if (!rival(planner, wanted, binding.virtual_server, Role::Sni).empty()) {
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

// A binding that the resource bound and its spec no longer names. Others are a person's.
void plan_unbinds(Planner& planner, const WantedCertKey& wanted) {
  const std::set<InstalledBinding> bindings = planner.outlook.bindings;
  for (const auto& binding : bindings) {
    if (binding.certkey != wanted.name || binding.ca) continue;
    const Role role = role_of(binding);
    if (still_wants(planner, wanted.name, binding.virtual_server, role)) continue;
    if (wanted.bound_before.count(binding_key(binding.virtual_server, role)) == 0) continue;
    plan_unbind(planner, binding, wanted.ref());
  }
}

void plan_removals(Planner& planner) {
  for (const auto& removal : planner.wanted.removals) {
    for (const auto& [name, certkey] : planner.seen.certkeys) {
      if (removable(planner, removal, certkey)) remove(planner, removal, certkey);
    }
  }
}

}  // namespace certsync::plan
