#include "http/server_identity.h"

#include <chrono>
#include <system_error>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

namespace certsync::http {
namespace {

constexpr std::chrono::seconds kLookAgain{1};

using Context = boost::asio::ssl::context;

std::string last_tls_error() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "it cannot be used";
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
}

Error unusable(const char* flag, const std::string& file, const std::string& why) {
  return {ErrorKind::Stalled, Reason::SpecInvalid, std::string(flag) + " " + file + ": " + why};
}

// There is nobody at the terminal who could type it.
int no_password(char*, int, int, void*) {
  return 0;
}

}  // namespace

ServerIdentity::ServerIdentity(ServerTls files, const Logger& log) : files_(std::move(files)), log_(log) {}

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
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_default_passwd_cb(ctx, no_password);
  if (SSL_CTX_use_certificate_chain_file(ctx, files_.certificate_file.c_str()) != 1)
    return tl::unexpected(unusable("--metrics-tls-cert-file", files_.certificate_file, last_tls_error()));
  if (SSL_CTX_use_PrivateKey_file(ctx, files_.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(ctx) != 1)
    return tl::unexpected(unusable("--metrics-tls-key-file", files_.key_file, last_tls_error()));
  if (files_.client_ca_file.empty()) return context;
  auto* names = SSL_load_client_CA_file(files_.client_ca_file.c_str());
  if (names == nullptr || SSL_CTX_load_verify_file(ctx, files_.client_ca_file.c_str()) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return tl::unexpected(unusable("--metrics-tls-client-ca-file", files_.client_ca_file, last_tls_error()));
  }
  SSL_CTX_set_client_CA_list(ctx, names);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
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
      log_.info("the metrics' certificate was read again", {{"file", files_.certificate_file}});
    } else {
      log_.warn("the metrics' new certificate cannot be used; the one before stays",
                {{"error", context.error().message}});
    }
    return state.context;
  });
}

}  // namespace certsync::http
