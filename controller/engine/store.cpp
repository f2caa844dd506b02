#include "engine/store.h"

#include <algorithm>

#include "model/naming.h"
#include "model/place.h"

namespace certsync::engine {
namespace {

// Apart from what only says how far we are: our own status comes back as a change of the object, and is none.
template <class Object>
bool says_the_same(const Object& a, const Object& b) {
  const auto& x = a.meta;
  const auto& y = b.meta;
  return x.uid == y.uid && !x.uid.empty() && x.generation == y.generation && x.deleting == y.deleting &&
         x.labels == y.labels && x.annotations == y.annotations && a.spec == b.spec && a.problems == b.problems;
}

}  // namespace

Store::Store(std::vector<std::string> credentials_namespaces, const Clock& clock)
    : credentials_namespaces_(std::move(credentials_namespaces)), clock_(clock) {}

void Store::listen(Listener listener) {
  listener_ = std::move(listener);
}

void Store::tell(const Change& change) {
  if (listener_.sync_changed) {
    for (const auto& sync : change.syncs)
      listener_.sync_changed(sync);
  }
  if (listener_.appliance_changed) {
    for (const auto& appliance : change.appliances)
      listener_.appliance_changed(appliance);
  }
}

std::vector<std::string> Store::targets(const model::CertSync& sync) const {
  std::vector<std::string> names = sync.spec.appliances;
  if (sync.spec.appliance_selector) {
    for (const auto& [name, appliance] : appliances_) {
      if (sync.spec.appliance_selector->matches(appliance->meta.labels)) names.push_back(name);
    }
  }
  return names;
}

std::vector<SyncPtr> Store::targeting(const std::string& appliance) const {
  std::vector<SyncPtr> syncs;
  for (const auto& ref : index_.candidates_for(appliance)) {
    const auto& sync = syncs_.at(ref);
    const auto names = targets(*sync);
    if (std::count(names.begin(), names.end(), appliance) != 0) syncs.push_back(sync);
  }
  return syncs;
}

void Store::put(model::Appliance appliance) {
  Change change;
  {
    std::lock_guard lock(mutex_);
    const std::string name = appliance.meta.ref.name;
    auto fresh = std::make_shared<const model::Appliance>(std::move(appliance));
    auto& slot = appliances_[name];
    const bool news = slot == nullptr || !says_the_same(*slot, *fresh);
    slot = fresh;
    if (!news) return;
    change.appliances.insert(name);
    // A changed label can move syncs to it or away from it; both sides look again.
    change.syncs = index_.candidates_for(name);
  }
  tell(change);
}

void Store::put(model::CertSync sync) {
  Change change;
  {
    std::lock_guard lock(mutex_);
    const auto ref = sync.meta.ref;
    if (const auto before = syncs_.find(ref); before != syncs_.end()) {
      if (says_the_same(*before->second, sync)) {
        before->second = std::make_shared<const model::CertSync>(std::move(sync));
        return;
      }
      for (auto& name : targets(*before->second))
        change.appliances.insert(std::move(name));
      index_.remove(*before->second);
    }
    marks_[model::resource_mark(ref)] = ref;
    auto fresh = std::make_shared<const model::CertSync>(std::move(sync));
    for (auto& name : targets(*fresh))
      change.appliances.insert(std::move(name));
    // Those it was bound to before this process knew it.
    for (const auto& entry : fresh->status.bound_to)
      change.appliances.insert(entry.substr(0, entry.find('/')));
    index_.add(*fresh);
    syncs_[ref] = std::move(fresh);
    change.syncs.insert(ref);
    std::erase_if(change.appliances, [&](const auto& name) { return appliances_.count(name) == 0; });
  }
  tell(change);
}

void Store::add_secret_users(const model::ObjectRef& secret, const std::string& type, Change& change) const {
  for (const auto& ref : index_.readers_of(secret, type)) {
    for (auto& name : targets(*syncs_.at(ref)))
      change.appliances.insert(std::move(name));
  }
  if (std::count(credentials_namespaces_.begin(), credentials_namespaces_.end(), secret.space) != 0) {
    for (const auto& [name, appliance] : appliances_) {
      if (appliance->spec.credentials_secret == secret.name) change.appliances.insert(name);
    }
  }
  std::erase_if(change.appliances, [&](const auto& name) { return appliances_.count(name) == 0; });
}

void Store::put(ports::SecretMeta secret) {
  Change change;
  {
    std::lock_guard lock(mutex_);
    const auto ref = secret.meta.ref;
    const auto type = secret.type;
    if (!secrets_.put(std::move(secret), clock_.steady())) return;
    add_secret_users(ref, type, change);
  }
  tell(change);
}

// Which of their namespaces a grant finds has changed, or not: a pass tells.
void Store::add_selecting_appliances(Change& change) const {
  for (const auto& [name, appliance] : appliances_) {
    if (plan::selects_namespaces(appliance->spec)) change.appliances.insert(name);
  }
}

void Store::put_namespace(const std::string& name, model::Labels labels) {
  Change change;
  {
    std::lock_guard lock(mutex_);
    const auto [known, fresh] = namespaces_.try_emplace(name);
    if (!fresh && known->second == labels) return;
    known->second = std::move(labels);
    add_selecting_appliances(change);
  }
  tell(change);
}

void Store::remove_namespace(const std::string& name) {
  Change change;
  {
    std::lock_guard lock(mutex_);
    if (namespaces_.erase(name) == 0) return;
    add_selecting_appliances(change);
  }
  tell(change);
}

void Store::remove_appliance(const std::string& name) {
  Change change;
  {
    std::lock_guard lock(mutex_);
    if (appliances_.count(name) == 0) return;
    for (const auto& sync : targeting(name))
      change.syncs.insert(sync->meta.ref);
    appliances_.erase(name);
    change.appliances.insert(name);
  }
  tell(change);
}

void Store::remove_cert_sync(const model::ObjectRef& ref) {
  Change change;
  {
    std::lock_guard lock(mutex_);
    const auto found = syncs_.find(ref);
    if (found == syncs_.end()) return;
    for (auto& name : targets(*found->second))
      change.appliances.insert(std::move(name));
    index_.remove(*found->second);
    syncs_.erase(found);
    marks_.erase(model::resource_mark(ref));
    change.syncs.insert(ref);
    std::erase_if(change.appliances, [&](const auto& name) { return appliances_.count(name) == 0; });
  }
  tell(change);
}

void Store::remove_secret(const model::ObjectRef& ref) {
  Change change;
  {
    std::lock_guard lock(mutex_);
    const auto type = secrets_.erase(ref);
    if (!type) return;
    add_secret_users(ref, *type, change);
  }
  tell(change);
}

void Store::synced(bool complete) {
  Change change;
  {
    std::lock_guard lock(mutex_);
    if (synced_ && complete_ == complete) return;
    synced_ = true;
    complete_ = complete;
    for (const auto& [name, appliance] : appliances_)
      change.appliances.insert(name);
    for (const auto& [ref, sync] : syncs_)
      change.syncs.insert(ref);
  }
  tell(change);
}

bool Store::has_synced() const {
  std::lock_guard lock(mutex_);
  return synced_;
}

bool Store::complete() const {
  std::lock_guard lock(mutex_);
  return complete_;
}

AppliancePtr Store::appliance(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto found = appliances_.find(name);
  return found == appliances_.end() ? nullptr : found->second;
}

AppliancePtr Store::elder_twin(const model::Appliance& appliance) const {
  const auto age = [](const model::Appliance& one) {
    return std::pair(one.meta.created.value_or(TimePoint{}), std::string_view(one.meta.ref.name));
  };
  std::lock_guard lock(mutex_);
  AppliancePtr elder;
  for (const auto& [name, other] : appliances_) {
    if (name == appliance.meta.ref.name || age(*other) > age(appliance)) continue;
    if (!model::same_place(appliance.spec, other->spec)) continue;
    if (elder == nullptr || age(*other) < age(*elder)) elder = other;
  }
  return elder;
}

SyncPtr Store::cert_sync(const model::ObjectRef& ref) const {
  std::lock_guard lock(mutex_);
  const auto found = syncs_.find(ref);
  return found == syncs_.end() ? nullptr : found->second;
}

plan::Access Store::access_to(const model::Appliance& appliance) const {
  const auto& spec = appliance.spec;
  plan::Access access{spec.open_to_all, spec.grants, {}};
  if (!plan::selects_namespaces(spec)) return access;
  std::lock_guard lock(mutex_);
  access.namespaces = namespaces_;
  return access;
}

std::vector<std::string> Store::appliance_names() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, appliance] : appliances_)
    names.push_back(name);
  return names;
}

std::vector<SyncPtr> Store::all_syncs() const {
  std::lock_guard lock(mutex_);
  std::vector<SyncPtr> syncs;
  for (const auto& [ref, sync] : syncs_)
    syncs.push_back(sync);
  return syncs;
}

std::vector<SyncPtr> Store::syncs_of(const std::string& appliance) const {
  std::lock_guard lock(mutex_);
  return targeting(appliance);
}

std::vector<std::string> Store::appliances_of(const model::CertSync& sync) const {
  std::lock_guard lock(mutex_);
  return targets(sync);
}

SyncPtr Store::find_by_mark(const std::string& resource_mark) const {
  std::lock_guard lock(mutex_);
  const auto found = marks_.find(resource_mark);
  return found == marks_.end() ? nullptr : syncs_.at(found->second);
}

std::optional<SecretView> Store::secret(const model::ObjectRef& ref) const {
  std::lock_guard lock(mutex_);
  return secrets_.find(ref);
}

std::vector<SecretIndex::Labelled> Store::tls_secrets(const std::string& space) const {
  std::lock_guard lock(mutex_);
  return secrets_.tls_secrets(space);
}

}  // namespace certsync::engine
