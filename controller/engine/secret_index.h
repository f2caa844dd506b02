// The Secrets as far as they are watched, each in a few hundred bytes: there may be a hundred thousand that nobody
// refers to.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "ports/objects.h"

namespace certsync::engine {

struct SecretView {
  std::string resource_version;
  /// When this resourceVersion was first seen.
  SteadyPoint seen_at{};
};

inline constexpr char kTlsType[] = "kubernetes.io/tls";

/// Not thread-safe: Store locks.
class SecretIndex {
 public:
  using LabelsPtr = std::shared_ptr<const model::Labels>;
  struct Labelled {
    model::ObjectRef ref;
    LabelsPtr labels;
  };

  /// Whether that was new.
  bool put(ports::SecretMeta secret, SteadyPoint now);
  /// Its type, if it was there.
  std::optional<std::string> erase(const model::ObjectRef& ref);

  std::optional<SecretView> find(const model::ObjectRef& ref) const;
  /// The TLS Secrets of a namespace, in the order of their names.
  std::vector<Labelled> tls_secrets(const std::string& space) const;

 private:
  struct Entry {
    SecretView view;
    /// Only ever compared: a hash will do.
    std::size_t uid = 0;
    LabelsPtr labels;
    /// In types_.
    const std::string* type = nullptr;
  };
  struct ByValue {
    bool operator()(const LabelsPtr& a, const LabelsPtr& b) const { return *a < *b; }
  };
  /// The one copy of such labels: most Secrets have those that cert-manager gives to all.
  LabelsPtr share(model::Labels labels);

  /// By namespace, by name.
  std::map<std::string, std::map<std::string, Entry>> secrets_;
  std::set<std::string> types_;
  std::set<LabelsPtr, ByValue> labels_;
  std::size_t tidy_at_ = 64;
};

}  // namespace certsync::engine
