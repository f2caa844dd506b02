// Promise: no fight, no flood. Counts per certkey, in memory: how often it was corrected (a second writer shows itself
// so) and how often it was disturbed.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>

#include "base/clock.h"

namespace certsync::plan {

/// Not thread-safe; one per appliance, used by the one worker that holds it.
class Guard {
 public:
  /// `certkey` reached `content` (its certificate's digest, links and bindings, as text) with this pass.
  void reached(const std::string& certkey, const std::string& content);
  /// It is about to be changed towards `content`: another one that it had reached is over.
  void leaves(const std::string& certkey, const std::string& content);
  /// True if `certkey` had reached `content` before: a difference now is somebody else's doing.
  bool is_drift(const std::string& certkey, const std::string& content) const;

  /// Another correction of a drifted certkey. False: more than 3 within an hour, so there is another writer.
  bool may_correct(const std::string& certkey, SteadyPoint now);
  /// A disturbing step (an update). False: more than one a minute after a burst of 3.
  bool may_disturb(const std::string& certkey, SteadyPoint now);
  /// The one that was allowed last was refused by the appliance: it has disturbed nobody.
  void undisturbed(const std::string& certkey);
  /// When a refused disturbing step will be allowed.
  SteadyPoint next_disturbance(const std::string& certkey, SteadyPoint now) const;

  /// A new Secret or spec, or a request: past corrections no longer count.
  void forgive(const std::string& certkey);
  bool fighting(const std::string& certkey) const;
  void forget_all_but(const std::set<std::string>& certkeys);

 private:
  struct Tokens {
    double left = 0;
    SteadyPoint at{};
  };
  Tokens refill(const std::string& certkey, SteadyPoint now) const;

  std::map<std::string, std::string> reached_;
  std::map<std::string, std::deque<SteadyPoint>> corrections_;
  std::map<std::string, Tokens> disturbances_;
  std::set<std::string> fighting_;
};

}  // namespace certsync::plan
