// Everything the resources work on. One instance per appliance; the mutex of its group guards it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "sim/file_store.h"
#include "sim/ha.h"
#include "sim/model.h"
#include "sim/options.h"
#include "sim/partition.h"
#include "sim/sessions.h"

namespace sim {

struct State {
  Options options;
  const certsync::Clock* clock = nullptr;
  std::map<std::string, Partition> partitions = {{kDefaultPartition, {}}};
  /// Where the request being worked on is; the default partition between requests.
  Partition* here = &partitions.at(kDefaultPartition);
  FileStore files;
  Sessions sessions;
  std::map<std::string, User> users;
  std::map<std::string, CommandPolicy> command_policies;
  certsync::TimePoint saving_until;
  HaGroup* ha = nullptr;
  /// What a lone appliance says of itself.
  std::string ha_state = "Primary";
  /// Of the request being worked on; header authentication has none.
  Session* session = nullptr;

  certsync::TimePoint now() const { return clock->now(); }
  Config& running() { return here->running; }
  const Config& running() const { return here->running; }
  void touch() {
    here->config_changed = true;
    here->changed_at = now();
  }
  /// As certkeys name files: a bare name is in the partition's folder, else a full path that the partition may read.
  const File* find_file(const std::string& path) const;
  bool remove_file(const std::string& path);
};

/// While it lives, `state.here` is that partition.
class InPartition {
 public:
  InPartition(State& state, const std::string& partition) : state_(state), before_(state.here) {
    state.here = &state.partitions.at(partition);
  }
  ~InPartition() { state_.here = before_; }
  InPartition(const InPartition&) = delete;
  InPartition& operator=(const InPartition&) = delete;

 private:
  State& state_;
  Partition* before_;
};

/// "Tue Jan 14 19:27:01 2014"
std::string calendar_text(certsync::TimePoint time);

}  // namespace sim
