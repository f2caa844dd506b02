#include "engine/reconciler.h"

#include "engine/pass.h"

namespace certsync::engine {
namespace {

// Everything else is no reason for another login, of which there is one a minute.
bool asks_for_another_session(const model::ApplianceSpec& before, const model::ApplianceSpec& after) {
  return before.endpoints != after.endpoints || before.credentials_secret != after.credentials_secret ||
         !(before.tls == after.tls) || before.partition != after.partition ||
         before.request_timeout != after.request_timeout ||
         before.max_concurrent_requests != after.max_concurrent_requests;
}

}  // namespace

Reconciler::Reconciler(ReconcilerOptions options, Parts parts) : options_(std::move(options)), parts_(parts) {}

Reconciler::~Reconciler() = default;

Memory& Reconciler::memory_of(const std::string& name) {
  std::lock_guard lock(mutex_);
  auto& slot = memories_[name];
  if (!slot) slot = std::make_unique<Memory>();
  return *slot;
}

void Reconciler::forget(const std::string& name) {
  std::unique_ptr<Memory> memory;
  {
    std::lock_guard lock(mutex_);
    const auto found = memories_.find(name);
    if (found == memories_.end()) return;
    memory = std::move(found->second);
    memories_.erase(found);
  }
  finish(name, *memory);
}

PassResult Reconciler::reconcile(const std::string& name, const std::function<bool()>& more_work,
                                 std::stop_token stop) {
  if (!parts_.store.has_synced()) return {};
  const AppliancePtr appliance = parts_.store.appliance(name);
  if (appliance == nullptr) {
    forget(name);
    parts_.board.appliance_removed(name);
    PassResult gone;
    gone.settled = true;
    return gone;
  }
  Memory& memory = memory_of(name);
  if (!memory.appliance || asks_for_another_session(memory.spec, appliance->spec)) {
    finish(name, memory);
    // At another address is another box: what was reached, saved and proven on the one before says nothing of it.
    if (memory.appliance && memory.spec.endpoints != appliance->spec.endpoints) {
      Memory elsewhere;
      elsewhere.handled_requests = std::move(memory.handled_requests);
      elsewhere.deployed_now = std::move(memory.deployed_now);
      memory = std::move(elsewhere);
    }
    memory.appliance = parts_.factory.make(*appliance);
    memory.foreign_digests.clear();
  }
  memory.spec = appliance->spec;
  return Pass(options_, parts_, memory, appliance, more_work, stop).run();
}

void Reconciler::finish(const std::string& name, Memory& memory) {
  if (!memory.appliance) return;
  const auto policy = memory.spec.save_config;
  const bool may_save =
      policy == model::SaveConfig::Always || (policy == model::SaveConfig::WhenOurs && !memory.foreign_unsaved);
  if (memory.unsaved_since && may_save && !options_.read_only && !memory.spec.suspend && parts_.gate.open()) {
    memory.appliance->begin_pass({});
    if (auto saved = memory.appliance->save(); saved) {
      memory.unsaved_since.reset();
    } else {
      parts_.log.error("the configuration could not be saved; the next start saves it",
                       {{"appliance", name}, {"error", saved.error().message}});
    }
  }
  memory.appliance->logout();
}

void Reconciler::shut_down() {
  std::lock_guard lock(mutex_);
  for (auto& [name, memory] : memories_)
    finish(name, *memory);
  memories_.clear();
}

}  // namespace certsync::engine
