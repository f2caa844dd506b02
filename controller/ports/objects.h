// How objects get in: a source (a directory of manifests, an API server) pushes what it sees into an ObjectSink and
// hands out Secret contents on request. Contents are never pushed, so nobody receives keys that nobody needs.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "model/appliance.h"
#include "model/cert_sync.h"
#include "model/object.h"

namespace certsync::ports {

/// A Secret without its data.
struct SecretMeta {
  model::ObjectMeta meta;
  /// "kubernetes.io/tls", "kubernetes.io/basic-auth", "Opaque", ...
  std::string type;
};

/// A Secret whole. Lives as long as somebody uses it, then wipes itself.
struct SecretData {
  SecretMeta meta;
  std::map<std::string, SecretBytes> data;
};

/// Where a sync with `source.files` finds its "Secret": a name no namespace can have.
inline model::ObjectRef file_secret_ref(const model::ObjectRef& sync) {
  return {"files:" + sync.space, sync.name};
}

/// A Secret of the same namespace as the resource that `secret` belongs to, whether that is a Secret or files.
inline model::ObjectRef secret_beside(const model::ObjectRef& secret, const std::string& name) {
  const auto colon = secret.space.find(':');
  return {colon == std::string::npos ? secret.space : secret.space.substr(colon + 1), name};
}

/// Receives every object, and every change, in the order in which the source saw them. Thread-safe; returns quickly.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;
  virtual void put(model::Appliance appliance) = 0;
  virtual void put(model::CertSync sync) = 0;
  virtual void put(SecretMeta secret) = 0;
  /// Only their labels matter, for grants by selector: a source that has none of that need not tell. Before synced().
  virtual void put_namespace(const std::string& name, model::Labels labels) = 0;
  virtual void remove_appliance(const std::string& name) = 0;
  virtual void remove_cert_sync(const model::ObjectRef& ref) = 0;
  virtual void remove_secret(const model::ObjectRef& ref) = 0;
  virtual void remove_namespace(const std::string& name) = 0;
  /// The picture is whole. `complete` = false while something is known to exist that could not be read (a broken
  /// manifest): then nothing may be concluded from an object's absence. May be called again when that changes.
  virtual void synced(bool complete) = 0;
};

/// Thread-safe. Errors: Gone/SecretNotFound, Stalled/SecretForbidden, Stalled/SecretInvalid, Retry.
class SecretReader {
 public:
  virtual ~SecretReader() = default;
  virtual Result<SecretData> read_secret(const model::ObjectRef& ref) = 0;
};

/// What the source itself holds at this moment, past everything that mirrors it. Thread-safe. Nothing = it is not
/// there; error Retry/StaleView = nobody can say now.
class LiveReader {
 public:
  virtual ~LiveReader() = default;
  virtual Result<std::optional<model::ObjectMeta>> read_sync_meta(const model::ObjectRef& ref,
                                                                  std::stop_token stop) = 0;
  virtual Result<std::optional<model::ObjectMeta>> read_appliance_meta(const std::string& name,
                                                                       std::stop_token stop) = 0;
};

}  // namespace certsync::ports
