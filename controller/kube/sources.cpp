#include "kube/sources.h"

#include <utility>

#include "base/encoding.h"
#include "base/file.h"
#include "kube/credentials.h"
#include "kube/header_text.h"
#include "pki/tls_material.h"

namespace certsync::kube {
namespace {

constexpr std::size_t kLargestFile = 1u << 20;

tl::unexpected<Error> unusable(std::string message) {
  return fail(ErrorKind::Stalled, Reason::CredentialsRejected, std::move(message));
}

Result<std::string> read_file(const std::string& path) {
  auto text = read_whole_file(path, kLargestFile);
  if (!text) return unusable(std::move(text.error().message));
  return text;
}

bool same(const http::ClientIdentity& one, const http::ClientIdentity& other) {
  return one.certificates == other.certificates && one.private_key.equals(other.private_key);
}

bool same(const std::shared_ptr<const http::ClientIdentity>& one,
          const std::shared_ptr<const http::ClientIdentity>& other) {
  return one && other ? same(*one, *other) : one == other;
}

}  // namespace

TokenSource::TokenSource(const ClusterAccess& access, const Surroundings& around)
    : around_(around), fixed_(access.token.clone()), file_(access.token_file) {}

Result<SecretBytes> TokenSource::token() {
  if (file_.empty()) return fixed_.clone();
  const auto now = around_.clock.steady();
  if (!last_good_.empty() && now - read_at_ < kTokenAge) return last_good_.clone();
  auto token = read();
  if (token) {
    last_good_ = std::move(*token);
    read_at_ = now;
  } else {
    const bool another = !last_good_.empty() || !fixed_.empty();
    if (!another) return token;
    // Tried again each time, told once.
    if (!failing_) around_.log.warn("the token is not renewed", {{"error", token.error().message}});
  }
  failing_ = !token;
  return last_good_.empty() ? fixed_.clone() : last_good_.clone();
}

Result<SecretBytes> TokenSource::read() const {
  auto text = read_file(file_);
  if (!text) return tl::unexpected(std::move(text.error()));
  const SecretBytes whole(std::move(*text));
  SecretBytes token{std::string(trim(whole.reveal()))};
  if (token.empty()) return unusable(file_ + ": holds no token");
  if (!fits_header(token.reveal())) return unusable(file_ + ": must hold a token and nothing else");
  return token;
}

void TokenSource::rejected(SteadyPoint since) {
  if (read_at_ <= since) last_good_ = SecretBytes();
}

CaSource::CaSource(const ClusterAccess& access, const Surroundings& around)
    : around_(around), material_(access.ca), optional_(access.ca_optional) {}

Result<void> CaSource::refresh() {
  if (!material_.given()) return {};
  if (!loaded_at_) return load_first();
  const bool is_file = material_.text.empty();
  if (is_file && around_.clock.steady() - *loaded_at_ >= kCertificateAge) reload();
  return {};
}

Result<void> CaSource::load_first() {
  auto pem = load();
  if (pem) {
    bundle_ = std::move(*pem);
  } else if (optional_) {
    around_.log.warn("done without a CA of the cluster's own", {{"error", pem.error().message}});
  } else {
    return unusable(std::move(pem.error().message));
  }
  loaded_at_ = around_.clock.steady();
  return {};
}

void CaSource::reload() {
  loaded_at_ = around_.clock.steady();
  auto pem = load();
  std::string_view reason = "unchanged";
  if (!pem) {
    reason = pem.error().reason;
    around_.log.warn("the CA stays as it was", {{"error", pem.error().message}});
  } else if (*pem != bundle_) {
    reason = "updated";
    bundle_ = std::move(*pem);
    ++changes_;
  }
  if (around_.observer != nullptr) around_.observer->ca_reloaded(pem ? "success" : "failure", reason);
}

tl::expected<std::string, CaSource::Problem> CaSource::load() const {
  const bool is_text = !material_.text.empty();
  const auto where = is_text ? std::string("certificate-authority-data") : material_.file;
  auto pem = is_text ? material_.text : read_file(material_.file);
  if (!pem) return tl::unexpected(Problem{"read_error", pem.error().message});
  if (trim(*pem).empty()) return tl::unexpected(Problem{"empty", where + ": is empty"});
  const auto problem = pki::ca_bundle_problem(*pem);
  if (!problem.empty()) return tl::unexpected(Problem{"ca_parse_error", where + ": " + problem});
  return std::move(*pem);
}

IdentitySource::IdentitySource(const ClusterAccess& access, const Surroundings& around)
    : around_(around),
      certificate_(access.client_certificate),
      key_(access.client_key.clone()),
      key_file_(access.client_key_file) {}

Result<void> IdentitySource::refresh() {
  if (!given()) return {};
  const bool are_files = certificate_.text.empty() || key_.empty();
  const auto now = around_.clock.steady();
  if (loaded_at_ && (!are_files || now - *loaded_at_ < kCertificateAge)) return {};
  auto loaded = load();
  if (!loaded && !identity_) return tl::unexpected(std::move(loaded.error()));
  loaded_at_ = now;
  if (!loaded) {
    around_.log.warn("the client certificate stays as it was", {{"error", loaded.error().message}});
  } else if (!identity_ || !same(*identity_, *loaded)) {
    if (identity_) ++changes_;
    identity_ = std::make_shared<const http::ClientIdentity>(std::move(*loaded));
  }
  return {};
}

Result<http::ClientIdentity> IdentitySource::load() const {
  auto certificates = certificate_.text.empty() ? read_file(certificate_.file) : certificate_.text;
  if (!certificates) return tl::unexpected(std::move(certificates.error()));
  http::ClientIdentity identity{std::move(*certificates), key_.clone()};
  if (key_.empty()) {
    auto key = read_file(key_file_);
    if (!key) return tl::unexpected(std::move(key.error()));
    identity.private_key = SecretBytes(std::move(*key));
  }
  const auto problem = pki::identity_problem(identity.certificates, identity.private_key);
  if (problem.empty()) return identity;
  const auto certificate_at = certificate_.text.empty() ? certificate_.file : "client-certificate-data";
  return unusable(certificate_at + " and " + (key_.empty() ? key_file_ : "client-key-data") + ": " + problem);
}

PluginSource::PluginSource(const Surroundings& around, std::unique_ptr<ProcessRunner> runner)
    : around_(around), runner_(std::move(runner)) {}

bool PluginSource::holds() const {
  return obtained_at_ && (!credential_.expires || around_.clock.now() < *credential_.expires);
}

Result<void> PluginSource::refresh(const ClusterAccess& access, const std::string& ca_bundle, std::stop_token stop) {
  if (holds()) return {};
  auto credential = run_exec_plugin(*runner_, access, ca_bundle, std::move(stop));
  if (!credential) return tl::unexpected(std::move(credential.error()));
  if (!same(credential_.identity, credential->identity)) ++changes_;
  credential_ = std::move(*credential);
  obtained_at_ = around_.clock.steady();
  return {};
}

void PluginSource::rejected(SteadyPoint since) {
  if (obtained_at_ && *obtained_at_ <= since) obtained_at_.reset();
}

}  // namespace certsync::kube
