#include "engine/inputs.h"

#include <algorithm>

#include "base/parallel.h"
#include "engine/status_board.h"
#include "model/naming.h"
#include "model/place.h"

namespace certsync::engine {
namespace {

/// Each is a request to the API server where the Secret is new.
constexpr std::size_t kReadsAtOnce = 4;
/// For so many no thread is worth its while.
constexpr std::size_t kFewSecrets = 8;

/// A Secret that a resource takes its certificate from.
struct Source {
  model::ObjectRef ref;
  /// Which of the inputs it is for.
  std::size_t sync = 0;
};

std::vector<model::ObjectRef> secrets_of(const model::CertSync& sync, const Store& store,
                                         std::vector<model::ObjectRef>& unselected) {
  if (sync.spec.source.files) return {ports::file_secret_ref(sync.meta.ref)};
  if (sync.spec.secret_name) return {{sync.meta.ref.space, *sync.spec.secret_name}};
  std::vector<model::ObjectRef> selected;
  if (!sync.spec.selector) return selected;
  for (auto& [ref, labels] : store.tls_secrets(sync.meta.ref.space))
    (sync.spec.selector->matches(*labels) ? selected : unselected).push_back(std::move(ref));
  return selected;
}

// The object with the status as this process last folded it: boundTo is what may be unbound.
SyncPtr with_status(const SyncPtr& sync, const StatusBoard& board) {
  auto copy = std::make_shared<model::CertSync>(*sync);
  copy->status = board.status_of(*sync);
  return copy;
}

}  // namespace

Inputs gather(const model::Appliance& appliance, const model::Owner& owner, const Store& store, SecretCache& secrets,
              const StatusBoard& board, const std::map<model::ObjectRef, std::set<std::string>>& bound_here,
              const Clock& clock) {
  Inputs inputs;
  inputs.desired.appliance = appliance.meta.ref.name;
  inputs.desired.access = store.access_to(appliance);
  inputs.desired.owner = owner;
  inputs.desired.complete = store.complete();
  inputs.desired.encrypt_keys = appliance.spec.encrypt_keys;
  inputs.desired.now = clock.now();
  auto& syncs = inputs.desired.syncs;
  std::vector<Source> sources;
  for (const auto& sync : store.syncs_of(appliance.meta.ref.name)) {
    plan::SyncInput input;
    input.sync = with_status(sync, board);
    if (const auto bound = bound_here.find(sync->meta.ref); bound != bound_here.end()) input.bound_here = bound->second;
    if (!sync->meta.deleting) {
      for (auto& ref : secrets_of(*sync, store, input.unselected))
        sources.push_back({std::move(ref), syncs.size()});
    }
    syncs.push_back(std::move(input));
  }
  std::vector<std::optional<SecretCache::Entry>> entries(sources.size());
  in_parallel(sources.size(), std::min(kReadsAtOnce, sources.size() / kFewSecrets + 1), [&](std::size_t i) {
    const auto& [ref, index] = sources[i];
    const auto& source = syncs[index].sync->spec.source;
    const auto password = password_secret(ref, source);
    entries[i] = secrets.get(ref, store.secret(ref), source, password ? store.secret(*password) : std::nullopt);
  });
  for (std::size_t i = 0; i < sources.size(); ++i) {
    auto& [chain, look_again] = *entries[i];
    if (look_again && (!inputs.look_again || *look_again < *inputs.look_again)) inputs.look_again = look_again;
    syncs[sources[i].sync].secrets.push_back({std::move(sources[i].ref), std::move(chain)});
  }
  return inputs;
}

std::vector<SyncPtr> strangers_on(const model::ApplianceState& seen, const model::Owner& owner,
                                  const std::string& appliance, const Store& store, const StatusBoard& board) {
  std::set<std::string> marks;
  for (const auto& [name, certkey] : seen.certkeys) {
    const auto mark = model::parse_file_name(certkey.cert_file);
    if (mark && owner.includes(mark->owner) && !mark->shared()) marks.insert(mark->resource);
  }
  std::vector<SyncPtr> strangers;
  for (const auto& mark : marks) {
    const auto sync = store.find_by_mark(mark);
    if (sync == nullptr) continue;
    const auto names = store.appliances_of(*sync);
    const auto here = store.appliance(appliance);
    const bool wants = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      const auto other = name == appliance || here == nullptr ? nullptr : store.appliance(name);
      return name == appliance || (other != nullptr && model::same_place(here->spec, other->spec));
    });
    // A form that could not be read says nothing about which appliances it names.
    const bool unreadable = !sync->problems.empty();
    if (!wants && !unreadable) strangers.push_back(with_status(sync, board));
  }
  return strangers;
}

bool names_services(const model::CertSync& sync) {
  const auto is_service = [](const auto& binding) { return binding.target.kind != model::TargetKind::VirtualServer; };
  const auto& bindings = sync.spec.bindings;
  const auto& bound = sync.status.bound_to;
  return std::any_of(bindings.begin(), bindings.end(), is_service) ||
         std::any_of(bound.begin(), bound.end(), [](const std::string& entry) {
           const auto target = model::read_target(std::string_view(entry).substr(entry.find('/') + 1));
           return target.kind != model::TargetKind::VirtualServer;
         });
}

ports::Sight sight_for(const plan::DesiredInput& input) {
  ports::Sight sight;
  for (const auto& one : input.syncs) {
    const auto& spec = one.sync->spec;
    sight.addresses = sight.addresses || (spec.verification.mode != model::VerificationMode::Off &&
                                          spec.verification.endpoints.empty() && !spec.bindings.empty());
    sight.services = sight.services || names_services(*one.sync);
  }
  return sight;
}

}  // namespace certsync::engine
