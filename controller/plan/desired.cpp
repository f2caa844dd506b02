#include "plan/desired.h"

#include <algorithm>

#include "base/time_text.h"
#include "model/naming.h"

namespace certsync::plan {
namespace {

using model::CertSync;
using model::ObjectRef;

// Who came first: the older, then the smaller namespace/name. Objects without a creation time count as oldest.
bool comes_first(const SyncInput& a, const SyncInput& b) {
  const auto age = [](const SyncInput& input) { return input.sync->meta.created.value_or(TimePoint::min()); };
  return std::pair(age(a), to_text(a.sync->meta.ref)) < std::pair(age(b), to_text(b.sync->meta.ref));
}

bool is_granted(const Permit& permit, const std::string& binding) {
  const auto colon = binding.rfind(':');
  const auto role = binding.substr(colon + 1) == to_text(model::Role::Sni) ? model::Role::Sni : model::Role::Default;
  return permit.binding(model::read_target(binding.substr(0, colon)), role);
}

// What is not granted any more stays: to unbind is a write too.
std::set<std::string> bound_before(const SyncInput& input, const std::string& appliance, const Permit& permit) {
  std::set<std::string> keys = input.bound_here;
  const std::string prefix = appliance + "/";
  for (const auto& entry : input.sync->status.bound_to) {
    if (entry.starts_with(prefix)) keys.insert(entry.substr(prefix.size()));
  }
  std::erase_if(keys, [&](const auto& key) { return !is_granted(permit, key); });
  return keys;
}

Removal removal_of(const SyncInput& input, const std::string& appliance, const Permit& permit) {
  Removal removal{
      input.sync->meta.ref, model::resource_mark(input.sync->meta.ref), {}, bound_before(input, appliance, permit)};
  for (const auto& binding : input.sync->spec.bindings) {
    if (!permit.binding(binding.target, binding.role)) continue;
    removal.bindings.insert(binding_key(binding.target, binding.role));
  }
  return removal;
}

class Builder {
 public:
  explicit Builder(const DesiredInput& input) : input_(input) {
    wanted_.appliance = input.appliance;
    wanted_.owner = input.owner;
    wanted_.access = input.access;
    wanted_.complete = input.complete;
    wanted_.now = input.now;
  }

  Wanted build() {
    std::vector<SyncInput> ordered = input_.syncs;
    std::sort(ordered.begin(), ordered.end(), comes_first);
    for (const auto& sync : ordered)
      add(sync);
    for (const auto& sync : input_.elsewhere)
      clear(sync);
    return std::move(wanted_);
  }

 private:
  void add(const SyncInput& input) {
    const CertSync& sync = *input.sync;
    if (sync.meta.deleting && sync.spec.deletion_policy == model::DeletionPolicy::Retain) return;
    const Permit permit(input_.access, sync.meta.ref.space);
    auto refusal = permit.refusal(input_.appliance, sync);
    if (sync.meta.deleting && !refusal) {
      wanted_.removals.push_back(removal_of(input, input_.appliance, permit));
      return;
    }
    wanted_.living.insert(model::resource_mark(sync.meta.ref));
    if (refusal) return problem(sync, "", std::move(*refusal));
    for (const auto& text : sync.problems)
      problem(sync, "", {ErrorKind::Stalled, Reason::SpecInvalid, text});
    for (const auto& secret : input.secrets)
      add(input, secret, permit);
    release(input, permit);
    replace(input, permit);
  }

  // A resource that does not name the appliance any more.
  void clear(const std::shared_ptr<const CertSync>& sync) {
    const Permit permit(input_.access, sync->meta.ref.space);
    if (permit.anything()) {
      wanted_.removals.push_back(removal_of({sync, {}, {}, {}}, input_.appliance, permit));
      return;
    }
    wanted_.living.insert(model::resource_mark(sync->meta.ref));
    wanted_.notices.push_back(
        {sync->meta.ref, "LeftBehind", "what was deployed here stays: spec.grants do not allow to take it away", true});
  }

  void add(const SyncInput& input, const SecretInput& secret, const Permit& permit) {
    const CertSync& sync = *input.sync;
    auto name = model::certkey_name(sync.spec.certkey.name, sync.spec.certkey.max_name_length,
                                    name_source(sync, secret), sync.meta.ref.name);
    if (!name) return problem(sync, "", name.error());
    if (name->starts_with("ns-") || name->starts_with(model::kIntermediatePrefix)) {
      return problem(sync, *name,
                     {ErrorKind::Stalled, Reason::NameRefused,
                      "certkey names that begin with ns- belong to the appliance, those with cs-ca- to shared "
                      "intermediates; choose another spec.certKey.name"});
    }
    if (!secret.chain) return problem(sync, *name, secret.chain.error());
    const auto& chain = **secret.chain;
    if (auto usable = assess(chain, input_.now); !usable) {
      if (sync.spec.expired_policy == model::ExpiredPolicy::Remove && chain.leaf->not_after <= input_.now) {
        remove_expired(input, *name, secret.ref.name, permit);
      }
      if (usable.error().reason == Reason::NotYetValid) wait_until(chain.leaf->not_before);
      return problem(sync, *name, usable.error());
    }
    model::FileMark mark{input_.owner.mark, model::resource_mark(sync.meta.ref),
                         model::content_mark(chain.leaf->sha256), model::FileKind::Certificate};
    const auto cert_file = model::file_name(mark);
    mark.kind = model::FileKind::Key;
    const auto key_file = sync.spec.source.fips_key.empty() ? model::file_name(mark) : std::string();
    wanted_.certkeys.push_back({input.sync, secret.ref, *name, *name, cert_file, key_file, *secret.chain,
                                bound_before(input, input_.appliance, permit),
                                input_.encrypt_keys && !key_file.empty()});
    say_what_intake_found(sync, *name, chain);
  }

  void remove_expired(const SyncInput& input, const std::string& certkey, const std::string& secret,
                      const Permit& permit) {
    Removal removal = removal_of(input, input_.appliance, permit);
    removal.certkeys = known_names(*input.sync, certkey, secret);
    removal.only_expired = true;
    wanted_.removals.push_back(std::move(removal));
  }

  // A certkey that was taken over, or has versions, has another name than the spec asks for.
  static std::set<std::string> known_names(const CertSync& sync, const std::string& asked, const std::string& secret) {
    std::set<std::string> names = {asked};
    for (const auto& known : sync.status.certificates) {
      if (known.secret_name == secret) names.insert(known.certkey);
    }
    return names;
  }

  // With files as the source there is no Secret; the resource's own name stands for it.
  static ObjectRef name_source(const CertSync& sync, const SecretInput& secret) {
    return sync.spec.source.files ? sync.meta.ref : secret.ref;
  }

  void say_what_intake_found(const CertSync& sync, const std::string& certkey, const model::CertificateChain& chain) {
    if (!chain.repairs.empty()) {
      std::string note = certkey + ": ";
      for (const auto& repair : chain.repairs)
        note += repair + "; ";
      note.resize(note.size() - 2);
      wanted_.notices.push_back({sync.meta.ref, "ChainRepaired", note, false});
    }
    if (!chain.missing_issuer.empty() && sync.spec.chain == model::ChainPolicy::Link) {
      wanted_.notices.push_back({sync.meta.ref, "ChainIncomplete",
                                 certkey + ": no certificate of the issuer in the Secret: " + chain.missing_issuer,
                                 true});
    }
  }

  void release(const SyncInput& input, const Permit& permit) {
    if (input.unselected.empty()) return;
    const CertSync& sync = *input.sync;
    Removal removal = removal_of(input, input_.appliance, permit);
    for (const auto& secret : input.unselected) {
      auto name =
          model::certkey_name(sync.spec.certkey.name, sync.spec.certkey.max_name_length, secret, sync.meta.ref.name);
      if (name) removal.certkeys.merge(known_names(sync, *name, secret.name));
    }
    if (!removal.certkeys.empty()) wanted_.removals.push_back(std::move(removal));
  }

  // With one Secret, or files: what the status knows of another one that was named before. With the status lost it
  // stays.
  void replace(const SyncInput& input, const Permit& permit) {
    const CertSync& sync = *input.sync;
    if (sync.spec.selector || !sync.problems.empty()) return;
    const std::string named = sync.spec.source.files ? sync.meta.ref.name : sync.spec.secret_name.value_or("");
    std::set<std::string> names;
    for (const auto& known : sync.status.certificates) {
      if (known.secret_name != named) names.insert(known.certkey);
    }
    if (names.empty()) return;
    Removal removal = removal_of(input, input_.appliance, permit);
    removal.certkeys = std::move(names);
    removal.replaced = true;
    wanted_.removals.push_back(std::move(removal));
  }

  void problem(const CertSync& sync, std::string certkey, Error error) {
    wanted_.problems.push_back({sync.meta.ref, std::move(certkey), std::move(error)});
  }

  void wait_until(TimePoint time) {
    if (!wanted_.look_again || time < *wanted_.look_again) wanted_.look_again = time;
  }

  const DesiredInput& input_;
  Wanted wanted_;
};

}  // namespace

std::string binding_key(const model::Target& target, model::Role role) {
  return to_text(target) + ":" + std::string(to_text(role));
}

Result<void> assess(const model::CertificateChain& chain, TimePoint now) {
  if (chain.temporary) {
    return fail(ErrorKind::Wait, Reason::TemporaryCertificate,
                "cert-manager's temporary certificate; waiting for the real one");
  }
  if (chain.leaf->not_after <= now) {
    return fail(ErrorKind::Stalled, Reason::SecretInvalid,
                "the certificate expired on " + to_rfc3339(chain.leaf->not_after) + "; renew it");
  }
  if (chain.leaf->not_before > now) {
    return fail(ErrorKind::Wait, Reason::NotYetValid,
                "the certificate is valid from " + to_rfc3339(chain.leaf->not_before) + "; it is deployed then");
  }
  return {};
}

Wanted desired(const DesiredInput& input) {
  return Builder(input).build();
}

}  // namespace certsync::plan
