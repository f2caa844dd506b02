// Everything the resources work on. One instance per appliance; the appliance's mutex guards it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "sim/file_store.h"
#include "sim/ha.h"
#include "sim/model.h"
#include "sim/options.h"
#include "sim/sessions.h"

namespace sim {

struct State {
  Options options;
  const certsync::Clock* clock = nullptr;
  Config running;
  Config saved;
  FileStore files;
  Sessions sessions;
  std::map<std::string, User> users;
  bool config_changed = false;
  certsync::TimePoint changed_at;
  certsync::TimePoint saved_at;
  certsync::TimePoint saving_until;
  HaGroup* ha = nullptr;
  /// What a lone appliance says of itself.
  std::string ha_state = "Primary";
  /// Of the request being worked on; header authentication has none.
  Session* session = nullptr;

  certsync::TimePoint now() const { return clock->now(); }
  void touch() {
    config_changed = true;
    changed_at = now();
  }
};

/// "Tue Jan 14 19:27:01 2014"
std::string calendar_text(certsync::TimePoint time);

}  // namespace sim
