// Which resources a Secret or an appliance may concern, without looking at all of them: a hundred thousand Secrets come
// one by one.
#pragma once

#include <map>
#include <set>
#include <string>

#include "model/cert_sync.h"

namespace certsync::engine {

/// Not thread-safe: Store locks.
class SyncIndex {
 public:
  using Refs = std::set<model::ObjectRef>;

  void add(const model::CertSync& sync);
  /// As it was added.
  void remove(const model::CertSync& sync);

  /// Those that read the Secret, or whose selector may pick it: that takes a TLS Secret in their namespace.
  Refs readers_of(const model::ObjectRef& secret, const std::string& type) const;
  /// Those that name the appliance, existing or not, or select appliances by labels.
  Refs candidates_for(const std::string& appliance) const;

 private:
  std::map<model::ObjectRef, Refs> by_secret_;
  /// Those that select Secrets, by namespace.
  std::map<std::string, Refs> selecting_secrets_;
  std::map<std::string, Refs> by_appliance_;
  Refs selecting_appliances_;
};

}  // namespace certsync::engine
