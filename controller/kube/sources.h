// Where a token, the CA and a client certificate come from: the configuration, files that are read again now and then,
// or a plugin. What has been read once stays until something better is there. Not thread-safe: Credentials locks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/transport.h"
#include "kube/exec_plugin.h"
#include "kube/kubeconfig.h"
#include "kube/process.h"

namespace certsync::kube {

class CaObserver;

/// What sources work with; all of it outlives them.
struct Surroundings {
  const Clock& clock;
  const Logger& log;
  /// May be null.
  CaObserver* observer;
};

/// The kubelet renews a token at 80 % of its life, ten minutes at least; client-go takes one for a minute less ten
/// seconds (transport/token_source.go).
inline constexpr std::chrono::seconds kTokenAge{50};
/// client-go: transport/ca_rotation.go, transport/cert_rotation.go
inline constexpr std::chrono::minutes kCertificateAge{5};

/// A token of the configuration or of a file. The file wins as long as it could be read once.
class TokenSource {
 public:
  TokenSource(const ClusterAccess& access, const Surroundings& around);

  bool given() const { return !fixed_.empty() || !file_.empty(); }
  Result<SecretBytes> token();
  /// Forgets what the file held at `since` or before. The configuration's own token is all there is, so it stays.
  void rejected(SteadyPoint since);

 private:
  Result<SecretBytes> read() const;

  Surroundings around_;
  SecretBytes fixed_;
  std::string file_;
  SecretBytes last_good_;
  SteadyPoint read_at_{};
  bool failing_ = false;
};

class CaSource {
 public:
  CaSource(const ClusterAccess& access, const Surroundings& around);

  /// An error only when there has never been a CA and there must be one.
  Result<void> refresh();
  /// Empty = the system's roots.
  const std::string& bundle() const { return bundle_; }
  std::uint64_t changes() const { return changes_; }

 private:
  struct Problem {
    std::string_view reason;
    std::string message;
  };
  tl::expected<std::string, Problem> load() const;
  Result<void> load_first();
  void reload();

  Surroundings around_;
  Material material_;
  bool optional_;
  std::optional<SteadyPoint> loaded_at_;
  std::string bundle_;
  std::uint64_t changes_ = 0;
};

/// A client certificate and its key, of the configuration or of files.
class IdentitySource {
 public:
  IdentitySource(const ClusterAccess& access, const Surroundings& around);

  bool given() const { return certificate_.given(); }
  /// An error only when there has never been one.
  Result<void> refresh();
  const std::shared_ptr<const http::ClientIdentity>& identity() const { return identity_; }
  std::uint64_t changes() const { return changes_; }

 private:
  Result<http::ClientIdentity> load() const;

  Surroundings around_;
  Material certificate_;
  SecretBytes key_;
  std::string key_file_;
  std::optional<SteadyPoint> loaded_at_;
  std::shared_ptr<const http::ClientIdentity> identity_;
  std::uint64_t changes_ = 0;
};

/// What a plugin gave, until it expires or is rejected.
class PluginSource {
 public:
  PluginSource(const Surroundings& around, std::unique_ptr<ProcessRunner> runner);

  Result<void> refresh(const ClusterAccess& access, const std::string& ca_bundle, std::stop_token stop);
  void rejected(SteadyPoint since);
  /// Of the last refresh that went well.
  const SecretBytes& token() const { return credential_.token; }
  const std::shared_ptr<const http::ClientIdentity>& identity() const { return credential_.identity; }
  std::uint64_t changes() const { return changes_; }

 private:
  bool holds() const;

  Surroundings around_;
  std::unique_ptr<ProcessRunner> runner_;
  ExecCredential credential_;
  std::optional<SteadyPoint> obtained_at_;
  std::uint64_t changes_ = 0;
};

}  // namespace certsync::kube
