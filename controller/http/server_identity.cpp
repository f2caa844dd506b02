#include "http/server_identity.h"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/secret.h"
#include "http/no_password.h"

namespace certsync::http {
namespace {

constexpr std::chrono::seconds kLookAgain{1};
constexpr std::size_t kMaxFileBytes = 1u << 20;
constexpr std::size_t kMaxCertificates = 200;

using Context = boost::asio::ssl::context;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

tl::unexpected<Error> unusable(const std::string& flag, const std::string& what) {
  ERR_clear_error();
  return fail(ErrorKind::Stalled, Reason::SpecInvalid, flag + " " + what);
}

Result<SecretBytes> read_file(const std::string& flag, const std::string& file) {
  auto text = read_whole_file(file, kMaxFileBytes);
  if (!text) return unusable(flag, text.error().message);
  return SecretBytes(std::move(*text));
}

Bio reading(const SecretBytes& pem) {
  return {BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.size())), BIO_free};
}

/// One at least.
Result<std::vector<Certificate>> read_certificates(const std::string& flag, const std::string& file) {
  const auto pem = read_file(flag, file);
  if (!pem) return tl::unexpected(pem.error());
  const auto in = reading(*pem);
  bool encrypted = false;
  std::vector<Certificate> certificates;
  while (in && certificates.size() <= kMaxCertificates) {
    Certificate certificate(PEM_read_bio_X509(in.get(), nullptr, no_password, &encrypted), X509_free);
    if (!certificate) break;
    certificates.push_back(std::move(certificate));
  }
  if (certificates.size() > kMaxCertificates)
    return unusable(flag, file + ": more than " + std::to_string(kMaxCertificates) + " certificates");
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) return unusable(flag, file + ": it is damaged");
  if (certificates.empty()) return unusable(flag, file + ": it holds no certificate in PEM");
  ERR_clear_error();
  return certificates;
}

Result<void> use_certificate(SSL_CTX* ctx, const std::string& flag, const std::string& file) {
  const auto chain = read_certificates(flag, file);
  if (!chain) return tl::unexpected(chain.error());
  // Refused are weak ones: keys that are too short, signatures by SHA-1.
  bool taken = SSL_CTX_use_certificate(ctx, chain->front().get()) == 1;
  for (std::size_t i = 1; taken && i < chain->size(); ++i)
    taken = SSL_CTX_add1_chain_cert(ctx, (*chain)[i].get()) == 1;
  if (taken) return {};
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return unusable(flag, file + ": " + (reason != nullptr ? reason : "it cannot be used"));
}

Result<void> use_key(SSL_CTX* ctx, const std::string& flag, const std::string& file) {
  const auto pem = read_file(flag, file);
  if (!pem) return tl::unexpected(pem.error());
  bool encrypted = false;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(reading(*pem).get(), nullptr, no_password, &encrypted), EVP_PKEY_free);
  if (encrypted) return unusable(flag, file + ": it is under a password; give a key without one");
  if (!key) return unusable(flag, file + ": it holds no private key in PEM");
  if (SSL_CTX_use_PrivateKey(ctx, key.get()) != 1 || SSL_CTX_check_private_key(ctx) != 1)
    return unusable(flag, file + ": it is not the key of the certificate");
  return {};
}

Result<void> believe_clients(SSL_CTX* ctx, const std::string& flag, const std::string& file) {
  const auto authorities = read_certificates(flag, file);
  if (!authorities) return tl::unexpected(authorities.error());
  for (const auto& authority : *authorities) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), authority.get());
    // Named to clients, so that they show the right one of several.
    SSL_CTX_add_client_CA(ctx, authority.get());
  }
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

}  // namespace

ServerIdentity::ServerIdentity(ServerTls files, std::string flags, const Logger& log)
    : files_(std::move(files)), flags_(std::move(flags)), log_(log) {}

std::string ServerIdentity::stamp() const {
  std::string stamp;
  for (const auto& file : {files_.certificate_file, files_.key_file, files_.client_ca_file}) {
    struct stat seen {};
    if (!file.empty() && ::stat(file.c_str(), &seen) == 0)
      stamp += std::to_string(seen.st_ino) + " " + std::to_string(seen.st_size) + " " +
               std::to_string(seen.st_mtim.tv_sec) + "." + std::to_string(seen.st_mtim.tv_nsec);
    stamp += ";";
  }
  return stamp;
}

Result<std::shared_ptr<Context>> ServerIdentity::read() const {
  auto context = std::make_shared<Context>(Context::tls_server);
  SSL_CTX* ctx = context->native_handle();
  ERR_clear_error();
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  // One request a connection, seldom: sessions to resume would be state for nothing.
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(ctx, 0);
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  auto used = use_certificate(ctx, flags_ + "-tls-cert-file", files_.certificate_file);
  if (used) used = use_key(ctx, flags_ + "-tls-key-file", files_.key_file);
  if (used && !files_.client_ca_file.empty())
    used = believe_clients(ctx, flags_ + "-tls-client-ca-file", files_.client_ca_file);
  ERR_clear_error();
  if (!used) return tl::unexpected(used.error());
  return context;
}

Result<void> ServerIdentity::load() {
  const std::string seen = stamp();
  auto context = read();
  if (!context) return tl::unexpected(context.error());
  state_.with([&](State& state) { state = {*context, seen, std::chrono::steady_clock::now()}; });
  return {};
}

std::shared_ptr<Context> ServerIdentity::current() {
  return state_.with([&](State& state) {
    const auto now = std::chrono::steady_clock::now();
    if (now - state.looked_at < kLookAgain) return state.context;
    state.looked_at = now;
    const std::string seen = stamp();
    if (seen == state.stamp) return state.context;
    state.stamp = seen;
    if (auto context = read(); context) {
      state.context = *context;
      log_.info("the certificate was read again", {{"file", files_.certificate_file}});
    } else {
      log_.warn("the new certificate cannot be used; the one before stays", {{"error", context.error().message}});
    }
    return state.context;
  });
}

}  // namespace certsync::http
