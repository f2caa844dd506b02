#include "engine/secret_index.h"

#include <algorithm>
#include <functional>

namespace certsync::engine {

SecretIndex::LabelsPtr SecretIndex::share(model::Labels labels) {
  auto fresh = std::make_shared<const model::Labels>(std::move(labels));
  if (const auto found = labels_.find(fresh); found != labels_.end()) return *found;
  if (labels_.size() >= tidy_at_) {
    std::erase_if(labels_, [](const LabelsPtr& known) { return known.use_count() == 1; });
    tidy_at_ = std::max(tidy_at_, 2 * labels_.size());
  }
  labels_.insert(fresh);
  return fresh;
}

bool SecretIndex::put(ports::SecretMeta secret, SteadyPoint now) {
  auto& meta = secret.meta;
  const auto uid = std::hash<std::string>()(meta.uid);
  auto& entry = secrets_[meta.ref.space][meta.ref.name];
  const bool first = entry.type == nullptr;
  const bool news = first || entry.view.resource_version != meta.resource_version || entry.uid != uid ||
                    meta.resource_version.empty();
  // Seen by the watch of all types too, which cannot tell which one it is.
  if (!news && secret.type.empty()) return false;
  const bool typed = first || *entry.type != secret.type;
  if (news) entry.view = {std::move(meta.resource_version), now};
  entry.uid = uid;
  entry.labels = share(std::move(meta.labels));
  entry.type = &*types_.insert(std::move(secret.type)).first;
  return news || typed;
}

std::optional<std::string> SecretIndex::erase(const model::ObjectRef& ref) {
  const auto space = secrets_.find(ref.space);
  if (space == secrets_.end()) return std::nullopt;
  const auto found = space->second.find(ref.name);
  if (found == space->second.end()) return std::nullopt;
  std::string type = *found->second.type;
  space->second.erase(found);
  if (space->second.empty()) secrets_.erase(space);
  return type;
}

std::optional<SecretView> SecretIndex::find(const model::ObjectRef& ref) const {
  const auto space = secrets_.find(ref.space);
  if (space == secrets_.end()) return std::nullopt;
  const auto found = space->second.find(ref.name);
  if (found == space->second.end()) return std::nullopt;
  return found->second.view;
}

std::vector<SecretIndex::Labelled> SecretIndex::tls_secrets(const std::string& space) const {
  std::vector<Labelled> secrets;
  const auto found = secrets_.find(space);
  if (found == secrets_.end()) return secrets;
  for (const auto& [name, entry] : found->second) {
    if (*entry.type == kTlsType) secrets.push_back({{space, name}, entry.labels});
  }
  return secrets;
}

}  // namespace certsync::engine
