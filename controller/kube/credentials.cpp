#include "kube/credentials.h"

#include <mutex>
#include <utility>

#include "base/encoding.h"
#include "kube/sources.h"

namespace certsync::kube {
namespace {

/// Characters of a header's name (RFC 9110, 5.6.2), without the '%' that marks those that are none.
bool stays(unsigned char c) {
  static constexpr std::string_view kMarks = "!#$&'*+-.^_`|~";
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || kMarks.find(static_cast<char>(c)) != std::string_view::npos;
}

std::string escaped(std::string_view key) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (stays(byte)) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

/// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
http::Headers impersonation(const ClusterAccess& access) {
  http::Headers headers;
  if (!access.as_user.empty()) headers.emplace_back("Impersonate-User", access.as_user);
  if (!access.as_uid.empty()) headers.emplace_back("Impersonate-Uid", access.as_uid);
  for (const auto& group : access.as_groups)
    headers.emplace_back("Impersonate-Group", group);
  for (const auto& [key, value] : access.as_extra)
    headers.emplace_back("Impersonate-Extra-" + escaped(to_lower(key)), value);
  return headers;
}

class ClusterCredentials final : public Credentials {
 public:
  ClusterCredentials(ClusterAccess access, const Surroundings& around, std::unique_ptr<ProcessRunner> runner)
      : access_(std::move(access)),
        headers_(impersonation(access_)),
        token_(access_, around),
        ca_(access_, around),
        identity_(access_, around),
        plugin_(around, std::move(runner)) {}

  Result<Access> access(std::stop_token stop) override {
    // Held while a plugin runs: the others wait for the same answer.
    const std::lock_guard lock(mutex_);
    if (auto done = ca_.refresh(); !done) return tl::unexpected(std::move(done.error()));
    if (auto done = identity_.refresh(); !done) return tl::unexpected(std::move(done.error()));
    Access access;
    if (token_.given()) {
      auto token = token_.token();
      if (!token) return tl::unexpected(std::move(token.error()));
      access.token = std::move(*token);
    }
    access.transport.identity = identity_.identity();
    if (has_plugin()) {
      auto done = plugin_.refresh(access_, ca_.bundle(), std::move(stop));
      if (!done) return tl::unexpected(std::move(done.error()));
      access.token = plugin_.token().clone();
      access.transport.identity = plugin_.identity();
    }
    access.transport.base_url = access_.server;
    access.transport.trust.ca_bundle = ca_.bundle();
    access.transport.trust.server_name = access_.tls_server_name;
    access.transport.trust.insecure_skip_verify = access_.insecure_skip_tls_verify;
    access.transport.proxy_url = access_.proxy_url;
    access.generation = ca_.changes() + identity_.changes() + plugin_.changes();
    access.headers = headers_;
    return access;
  }

  void rejected(SteadyPoint since) override {
    const std::lock_guard lock(mutex_);
    token_.rejected(since);
    plugin_.rejected(since);
  }

 private:
  /// A token or certificate that somebody wrote down wins over a plugin, as in client-go.
  bool has_plugin() const { return access_.exec && !token_.given() && !identity_.given(); }

  const ClusterAccess access_;
  const http::Headers headers_;
  std::mutex mutex_;
  TokenSource token_;
  CaSource ca_;
  IdentitySource identity_;
  PluginSource plugin_;
};

}  // namespace

std::unique_ptr<Credentials> make_credentials(ClusterAccess access, const Clock& clock, const Logger& log,
                                              CaObserver* observer, std::unique_ptr<ProcessRunner> runner) {
  return std::make_unique<ClusterCredentials>(std::move(access), Surroundings{clock, log, observer}, std::move(runner));
}

}  // namespace certsync::kube
