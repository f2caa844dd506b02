// The last look before something is taken away: whether the source still holds the wish that a plan goes by. A mirror
// may lag behind, or tell of states that are long past one after the other; what is unbound in between is an outage.
#pragma once

#include <functional>
#include <map>
#include <stop_token>

#include "base/result.h"
#include "engine/store.h"
#include "ports/objects.h"

namespace certsync::engine {

/// Asks once for each object; made for one run over a list of steps. One thread.
class LastLook {
 public:
  /// Resources as the plan took them in; null where it knows none.
  using TakenIn = std::function<SyncPtr(const model::ObjectRef&)>;

  /// `live` may be null: then nobody knows more than the mirror does.
  LastLook(ports::LiveReader* live, AppliancePtr appliance, TakenIn taken_in, std::stop_token stop);

  /// Error Retry/StaleView: the resource or the appliance is another one by now, or nobody can say.
  Result<void> at(const model::ObjectRef& sync);

 private:
  Result<void> look_at_appliance();
  Result<void> look_at_sync(const model::ObjectRef& ref);

  ports::LiveReader* live_;
  AppliancePtr appliance_;
  TakenIn taken_in_;
  std::stop_token stop_;
  std::optional<Result<void>> appliance_verdict_;
  std::map<model::ObjectRef, Result<void>> verdicts_;
};

}  // namespace certsync::engine
