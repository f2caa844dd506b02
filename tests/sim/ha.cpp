#include "sim/ha.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/call.h"
#include "sim/certkey_load.h"
#include "sim/reply.h"
#include "sim/state.h"

namespace sim {
namespace {

constexpr int kFailedOnSecondary = 349;
constexpr int kOnlyOnPrimary = 368;
constexpr int kSynchronizing = 412;
constexpr int kConnectedToSecondary = 1028;

/// Every node does these for itself, whatever its role.
bool is_nodes_own(const Call& call) {
  constexpr std::array<const char*, 4> kOwn = {"hafiles", "hasync", "nspartition", "systemsession"};
  return std::find(kOwn.begin(), kOwn.end(), call.resource) != kOwn.end();
}

}  // namespace

std::size_t HaGroup::primary() const {
  std::lock_guard lock(mutex_);
  return primary_;
}

void HaGroup::fail_over() {
  std::function<void()> listener;
  {
    std::lock_guard lock(mutex_);
    if (nodes_.size() < 2) return;
    primary_ = 1 - primary_;
    busy_until_ = nodes_[primary_]->now() + options_.busy_after_failover;
    listener = listener_;
  }
  if (listener) listener();
}

void HaGroup::sync_files() {
  std::lock_guard lock(mutex_);
  sync_files_locked();
}

void HaGroup::sync_config() {
  std::lock_guard lock(mutex_);
  sync_config_locked();
}

void HaGroup::on_failover(std::function<void()> listener) {
  std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

void HaGroup::join(State& state) {
  nodes_.push_back(&state);
}

void HaGroup::leave(const State& state) {
  std::erase(nodes_, &state);
  primary_ = 0;
}

bool HaGroup::is_primary(const State& state) const {
  return primary_ < nodes_.size() && nodes_[primary_] == &state;
}

State* HaGroup::peer_of(const State& state) const {
  const auto other = std::find_if(nodes_.begin(), nodes_.end(), [&](const State* node) { return node != &state; });
  return other == nodes_.end() ? nullptr : *other;
}

State* HaGroup::other_than_primary() const {
  return nodes_.size() < 2 ? nullptr : nodes_[1 - primary_];
}

void HaGroup::sync_files_locked() {
  State* secondary = other_than_primary();
  if (secondary != nullptr) secondary->files.take_ssl_files(nodes_[primary_]->files);
}

void HaGroup::sync_config_locked() {
  State* secondary = other_than_primary();
  if (secondary != nullptr) take_configuration(*secondary, *nodes_[primary_]);
}

std::optional<Reply> refuse_by_role(const State& state, const Call& call) {
  if (!call.writes() || is_nodes_own(call) || state.ha->peer_of(state) == nullptr) return std::nullopt;
  if (state.ha->busy(state.now())) return failure(kSynchronizing);
  const bool refuses = state.ha->options().secondary_writes == SecondaryWrites::Refused;
  if (!state.ha->is_primary(state) && refuses) return failure(kOnlyOnPrimary);
  return std::nullopt;
}

void propagate(State& state, const Call& call, Reply (*handler)(State&, const Call&), Reply& reply) {
  State* peer = state.ha->peer_of(state);
  if (peer == nullptr || !call.writes() || is_nodes_own(call) || !reply.ok()) return;
  const HaOptions& options = state.ha->options();
  if (!state.ha->is_primary(state)) {
    // The command line prints it at every login to a secondary; it stays in front of other warnings.
    if (options.secondary_writes == SecondaryWrites::Warned) {
      reply.warnings.insert(reply.warnings.begin(), kConnectedToSecondary);
    }
    return;
  }
  if (call.resource == "systemfile") return;
  const InPartition in(*peer, state.here->name);
  if (handler(*peer, call).ok()) return;
  if (options.failed_on_secondary == FailedOnSecondary::Error) {
    reply = failure(kFailedOnSecondary);
  } else {
    reply.warnings.insert(reply.warnings.begin(), kFailedOnSecondary);
  }
}

bool has_changed(const Reply& reply) {
  return reply.ok() || reply.errorcode == kFailedOnSecondary;
}

}  // namespace sim
