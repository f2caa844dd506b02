// High availability: which of two appliances is the primary, and what the other one gets to know. Commands go to the
// secondary's configuration at once, files only by a file sync ("sync HA files", once a minute by itself: Citrix
// CTX138748). An appliance that stands alone is a group of one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sim/options.h"

namespace sim {

struct Call;
struct Reply;
struct State;

/// Thread-safe, but for the part below that says otherwise. It must outlive no appliance: each holds it.
class HaGroup {
 public:
  explicit HaGroup(HaOptions options = {}) : options_(options) {}
  HaGroup(const HaGroup&) = delete;
  HaGroup& operator=(const HaGroup&) = delete;

  /// 0 for the appliance that was made first, until a failover.
  std::size_t primary() const;
  /// The other one is primary from now on, with its own configuration, files and sessions. Nothing in a group of one.
  void fail_over();
  /// What the daemon does once a minute: the primary's SSL files, to the secondary. Those only there stay.
  void sync_files();
  /// The secondary drops its configuration for the primary's and loads the certkeys from its own disk.
  void sync_config();
  /// Called after a failover, by the thread that asked for it, before fail_over() returns.
  void on_failover(std::function<void()> listener);

  // For appliances, which hold the mutex meanwhile.
  std::mutex& mutex() const { return mutex_; }
  void join(State& state);
  void leave(const State& state);
  bool is_primary(const State& state) const;
  /// Null in a group of one.
  State* peer_of(const State& state) const;
  const HaOptions& options() const { return options_; }
  bool busy(certsync::TimePoint now) const { return now < busy_until_; }
  std::uint64_t next_generation() { return ++generation_; }
  void sync_files_locked();
  void sync_config_locked();

 private:
  State* other_than_primary() const;

  const HaOptions options_;
  mutable std::mutex mutex_;
  std::vector<State*> nodes_;
  std::size_t primary_ = 0;
  certsync::TimePoint busy_until_{};
  std::uint64_t generation_ = 0;
  std::function<void()> listener_;
};

/// 368 on a secondary that refuses, 412 after a failover; nothing for what any node does at any time.
std::optional<Reply> refuse_by_role(const State& state, const Call& call);
/// After a command has worked on `state`: the peer does it too, or the warnings say what did not happen there.
void propagate(State& state, const Call& call, Reply (*handler)(State&, const Call&), Reply& reply);
/// Something was changed here, whatever the answer says.
bool has_changed(const Reply& reply);

}  // namespace sim
