#include "engine/sync_index.h"

#include <vector>

#include "engine/secret_index.h"
#include "ports/objects.h"

namespace certsync::engine {
namespace {

using Refs = SyncIndex::Refs;

std::vector<model::ObjectRef> secrets_of(const model::CertSync& sync) {
  const auto& spec = sync.spec;
  const auto& space = sync.meta.ref.space;
  std::vector<model::ObjectRef> secrets;
  if (spec.source.password) secrets.push_back({space, spec.source.password->name});
  if (spec.source.files) {
    secrets.push_back(ports::file_secret_ref(sync.meta.ref));
  } else if (spec.secret_name) {
    secrets.push_back({space, *spec.secret_name});
  }
  return secrets;
}

bool selects_secrets(const model::CertSync& sync) {
  return !sync.spec.source.files && !sync.spec.secret_name && sync.spec.selector;
}

template <class Map, class Key>
void remove_from(Map& map, const Key& key, const model::ObjectRef& ref) {
  const auto found = map.find(key);
  if (found == map.end()) return;
  found->second.erase(ref);
  if (found->second.empty()) map.erase(found);
}

template <class Map, class Key>
Refs find_in(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? Refs() : found->second;
}

}  // namespace

void SyncIndex::add(const model::CertSync& sync) {
  const auto& ref = sync.meta.ref;
  for (const auto& secret : secrets_of(sync))
    by_secret_[secret].insert(ref);
  if (selects_secrets(sync)) selecting_secrets_[ref.space].insert(ref);
  for (const auto& appliance : sync.spec.appliances)
    by_appliance_[appliance].insert(ref);
  if (sync.spec.appliance_selector) selecting_appliances_.insert(ref);
}

void SyncIndex::remove(const model::CertSync& sync) {
  const auto& ref = sync.meta.ref;
  for (const auto& secret : secrets_of(sync))
    remove_from(by_secret_, secret, ref);
  if (selects_secrets(sync)) remove_from(selecting_secrets_, ref.space, ref);
  for (const auto& appliance : sync.spec.appliances)
    remove_from(by_appliance_, appliance, ref);
  if (sync.spec.appliance_selector) selecting_appliances_.erase(ref);
}

Refs SyncIndex::readers_of(const model::ObjectRef& secret, const std::string& type) const {
  auto refs = find_in(by_secret_, secret);
  if (type == kTlsType) refs.merge(find_in(selecting_secrets_, secret.space));
  return refs;
}

Refs SyncIndex::candidates_for(const std::string& appliance) const {
  auto refs = find_in(by_appliance_, appliance);
  refs.insert(selecting_appliances_.begin(), selecting_appliances_.end());
  return refs;
}

}  // namespace certsync::engine
