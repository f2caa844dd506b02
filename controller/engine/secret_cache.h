// Secrets that somebody refers to, as certificates: read when their resourceVersion moved, checked once, the private
// key never kept.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "engine/opened_secret.h"
#include "engine/store.h"
#include "pki/known_issuers.h"
#include "plan/desired.h"
#include "ports/objects.h"

namespace certsync::engine {

/// How long a pair that does not fit is taken for half-written before it is called wrong.
inline constexpr std::chrono::seconds kHalfWritten{30};

/// Thread-safe.
class SecretCache {
 public:
  SecretCache(ports::SecretReader& reader, const Clock& clock);

  struct Entry {
    Result<plan::ChainPtr> chain;
    /// While the Secret is half-written: when to look again.
    std::optional<SteadyPoint> look_again;
  };
  /// `view` absent = the source does not show the Secret; it is asked for nevertheless, to tell missing from forbidden
  /// and from another type. `password`: the same of the Secret with the password, if the source has one.
  Entry get(const model::ObjectRef& ref, const std::optional<SecretView>& view, const model::SourceSpec& source,
            const std::optional<SecretView>& password = std::nullopt);

  /// The private key of `leaf`, freshly read, in the form that is uploaded. SecretIncomplete when the Secret has moved
  /// on.
  Result<SecretBytes> private_key(const model::ObjectRef& ref, const model::SourceSpec& source,
                                  const model::Certificate& leaf);

  void forget(const model::ObjectRef& ref);

 private:
  struct Key {
    model::ObjectRef ref;
    model::SourceSpec source;
    auto operator<=>(const Key&) const = default;
  };
  struct Slot {
    std::string version;
    Result<plan::ChainPtr> chain = plan::ChainPtr{};
    std::optional<SteadyPoint> bad_since;
  };
  Result<plan::ChainPtr> load(const model::ObjectRef& ref, const model::SourceSpec& source);

  ports::SecretReader& reader_;
  const Clock& clock_;
  pki::KnownIssuers issuers_;
  std::mutex mutex_;
  std::map<Key, Slot> slots_;
};

}  // namespace certsync::engine
