// The one place that writes: steps in, what became of them out. Every write leaves an audit line.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "plan/step.h"
#include "ports/appliance.h"

namespace certsync::engine {

struct PerformReport {
  std::vector<plan::Step> done;
  std::vector<ports::Warning> warnings;
  /// Group → what went wrong; the rest of the group was left out.
  std::map<std::string, Error> failed;
  /// Concerns the whole appliance; nothing after it was tried.
  std::optional<Error> aborted;
  /// The outcome of a write is unknown, or the world is not what the plan took it for: look again before anything else.
  bool look_again = false;
  std::size_t writes = 0;
};

struct Performer {
  std::string name;
  ports::Appliance& appliance;
  /// What an upload, add or update sends beside its action. May put into the action what is known only now: the name of
  /// an encrypted key.
  std::function<Result<SecretBytes>(plan::Step&)> content;
  /// False: no write may begin any more (stopping, lease lost).
  std::function<bool()> may_write;
  /// Before something is taken away: whether its resource still wants what the plan goes by.
  std::function<Result<void>(const model::ObjectRef& sync)> last_look;
  /// After a write that a reboot would lose, was it certainly done or only perhaps.
  std::function<void()> changed;
  const Clock& clock;
  const Logger& log;
  /// Files are independent of each other, so that so many of them may be on their way at once; content() and
  /// may_write() are then asked from several threads. The configuration is changed by one command after the other, in
  /// any case.
  int files_at_once = 1;

  PerformReport perform(const std::vector<plan::Step>& steps) const;
};

/// Errors that concern the appliance as a whole.
bool is_appliance_wide(const Error& error);

}  // namespace certsync::engine
