// The objects as last seen, indexed: which appliances does a changed object concern, what belongs to one appliance.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/secret_index.h"
#include "engine/sync_index.h"
#include "plan/grants.h"
#include "ports/objects.h"

namespace certsync::engine {

using SyncPtr = std::shared_ptr<const model::CertSync>;
using AppliancePtr = std::shared_ptr<const model::Appliance>;

/// Thread-safe. Callbacks run on the caller's thread, outside the lock.
class Store final : public ports::ObjectSink {
 public:
  struct Listener {
    /// Something changed that this appliance has to be looked at for.
    std::function<void(const std::string& appliance)> appliance_changed;
    /// A sync came, changed or went: its status has to be looked at.
    std::function<void(const model::ObjectRef& sync)> sync_changed;
  };

  /// `credentials_namespaces`: where credentialsSecretRef points.
  Store(std::vector<std::string> credentials_namespaces, const Clock& clock);
  void listen(Listener listener);

  void put(model::Appliance appliance) override;
  void put(model::CertSync sync) override;
  void put(ports::SecretMeta secret) override;
  void put_namespace(const std::string& name, model::Labels labels) override;
  void remove_appliance(const std::string& name) override;
  void remove_cert_sync(const model::ObjectRef& ref) override;
  void remove_secret(const model::ObjectRef& ref) override;
  void remove_namespace(const std::string& name) override;
  void synced(bool complete) override;

  bool has_synced() const;
  bool complete() const;
  AppliancePtr appliance(const std::string& name) const;
  /// Another object for the same box and partition which is older (of one age: has the smaller name). Null = none. Two
  /// of them would take away what the other one brought.
  AppliancePtr elder_twin(const model::Appliance& appliance) const;
  SyncPtr cert_sync(const model::ObjectRef& ref) const;
  /// The grants of an appliance, with what is needed to judge them.
  plan::Access access_to(const model::Appliance& appliance) const;
  std::vector<std::string> appliance_names() const;
  std::vector<SyncPtr> all_syncs() const;
  /// Syncs that name or select the appliance.
  std::vector<SyncPtr> syncs_of(const std::string& appliance) const;
  /// Names of the appliances that a sync names (existing or not) or selects (existing).
  std::vector<std::string> appliances_of(const model::CertSync& sync) const;
  /// The resource whose mark this is, if it exists.
  SyncPtr find_by_mark(const std::string& resource_mark) const;
  std::optional<SecretView> secret(const model::ObjectRef& ref) const;
  /// The TLS Secrets of a namespace, in the order of their names.
  std::vector<SecretIndex::Labelled> tls_secrets(const std::string& space) const;

 private:
  struct Change {
    std::set<std::string> appliances;
    std::set<model::ObjectRef> syncs;
  };
  void tell(const Change& change);
  std::vector<std::string> targets(const model::CertSync& sync) const;
  std::vector<SyncPtr> targeting(const std::string& appliance) const;
  void add_selecting_appliances(Change& change) const;
  void add_secret_users(const model::ObjectRef& secret, const std::string& type, Change& change) const;

  std::vector<std::string> credentials_namespaces_;
  const Clock& clock_;
  Listener listener_;

  mutable std::mutex mutex_;
  bool synced_ = false;
  bool complete_ = false;
  std::map<std::string, AppliancePtr> appliances_;
  std::map<model::ObjectRef, SyncPtr> syncs_;
  /// Of all in syncs_.
  SyncIndex index_;
  SecretIndex secrets_;
  plan::Namespaces namespaces_;
  std::map<std::string, model::ObjectRef> marks_;
};

}  // namespace certsync::engine
