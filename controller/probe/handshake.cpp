#include "probe/handshake.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/encoding.h"
#include "pki/x509.h"

namespace certsync::probe {
namespace {

// OpenSSL takes 100 KiB of certificates; records and the other messages come on top.
constexpr std::size_t kMaxReceivedBytes = 256 * 1024;
constexpr int kMaxChain = 32;
// What is left of the handshake after the certificates is politeness: the appliance's log stays free of broken ones.
constexpr std::chrono::milliseconds kCourtesy{500};

// OpenSSL's own list, and P-224, on which an appliance's ECDSA key may lie.
constexpr char kGroups[] = "X25519:P-256:X448:P-521:P-384:P-224";

struct Offer {
  const char* ciphers;
  const char* signatures;
};

// TLS 1.2 chooses by cipher suite, TLS 1.3 by signature algorithm, and both lists must fit. Level 0: this client looks
// at certificates, it does not trust them, and an old appliance shall be seen as it is.
Offer offer_for(model::KeyType type) {
  switch (type) {
    case model::KeyType::Rsa:
      return {"aRSA:!eNULL:!PSK:!SRP:@SECLEVEL=0",
              "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pkcs1_sha256:rsa_pkcs1_sha384:"
              "rsa_pkcs1_sha512:RSA+SHA224:rsa_pkcs1_sha1"};
    case model::KeyType::Ecdsa:
      return {"aECDSA:!eNULL:@SECLEVEL=0",
              "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ECDSA+SHA224:ECDSA+SHA1"};
    case model::KeyType::Other:
      break;
  }
  return {"ALL:!eNULL:!aNULL:!PSK:!SRP:@SECLEVEL=0", nullptr};
}

TimePoint to_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  // "99991231235959Z" means "never" (RFC 5280, 4.1.2.5) and lies beyond what a TimePoint in nanoseconds can hold.
  const auto latest = std::chrono::floor<std::chrono::seconds>(TimePoint::max().time_since_epoch());
  return TimePoint(std::clamp(std::chrono::seconds(::timegm(&parts)), -latest, latest));
}

std::string sha256_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &length) != 1) return {};
  return to_hex({reinterpret_cast<const char*>(digest.data()), length});
}

model::CertificatePtr read(const X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509(certificate, &der);
  if (length <= 0) return nullptr;
  const auto read = pki::read_first_certificate({reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)});
  OPENSSL_free(der);
  return read ? *read : nullptr;
}

/// Called by OpenSSL in place of a verification, as soon as the certificates are there, in the order of the wire.
int note_chain(X509_STORE_CTX* store, void* into) {
  auto& result = *static_cast<ports::ProbeResult*>(into);
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_untrusted(store);
  const int count = std::min(sk_X509_num(chain), kMaxChain);
  result.chain_sha256.clear();
  for (int i = 0; i < count; ++i) {
    result.chain_sha256.push_back(sha256_of(sk_X509_value(chain, i)));
  }
  if (const X509* leaf = X509_STORE_CTX_get0_cert(store); leaf != nullptr) {
    result.leaf_not_before = to_time(X509_get0_notBefore(leaf));
    result.leaf_not_after = to_time(X509_get0_notAfter(leaf));
    result.leaf = read(leaf);
  }
  result.reached = count > 0;
  return 1;
}

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Tls = std::unique_ptr<SSL, decltype(&SSL_free)>;

Context make_context(model::KeyType type, ports::ProbeResult& result) {
  Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) return context;
  const auto offer = offer_for(type);
  const bool fits = SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
                    SSL_CTX_set_max_proto_version(context.get(), TLS1_3_VERSION) == 1 &&
                    SSL_CTX_set_cipher_list(context.get(), offer.ciphers) == 1 &&
                    SSL_CTX_set1_groups_list(context.get(), kGroups) == 1 &&
                    (offer.signatures == nullptr || SSL_CTX_set1_sigalgs_list(context.get(), offer.signatures) == 1);
  if (!fits) return {nullptr, SSL_CTX_free};
  SSL_CTX_set_security_level(context.get(), 0);
  // Appliances from before RFC 5746 have certificates too.
  SSL_CTX_set_options(context.get(), SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), note_chain, &result);
  return context;
}

/// A client over two buffers in memory.
Tls make_client(SSL_CTX* context, const std::string& server_name) {
  Tls tls(SSL_new(context), SSL_free);
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  if (!tls || in == nullptr || out == nullptr) {
    BIO_free(in);
    BIO_free(out);
    return {nullptr, SSL_free};
  }
  SSL_set_bio(tls.get(), in, out);
  // RFC 6066, 3: a literal address is no server name.
  const bool named =
      server_name.empty() || is_address(server_name) || SSL_set_tlsext_host_name(tls.get(), server_name.c_str()) == 1;
  if (!named) return {nullptr, SSL_free};
  SSL_set_connect_state(tls.get());
  return tls;
}

std::string take_output(SSL* tls) {
  BIO* out = SSL_get_wbio(tls);
  std::string bytes(BIO_ctrl_pending(out), '\0');
  if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

tl::unexpected<SocketFailure> failed(const std::string& why) {
  return tl::unexpected<SocketFailure>({SocketFailure::Kind::Broken, "the TLS handshake failed: " + why});
}

/// OpenSSL's reason, with what it probably means.
tl::unexpected<SocketFailure> failed_in_openssl(model::KeyType type) {
  const auto code = ERR_peek_error();
  const char* reason = ERR_reason_error_string(code);
  std::string text = reason != nullptr ? reason : "no reason given";
  const int number = ERR_GET_REASON(code);
  if (number == SSL_R_WRONG_VERSION_NUMBER) text += " (this port may not speak TLS)";
  if (number == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE && type != model::KeyType::Other)
    text += " (the endpoint may have no " + std::string(model::to_text(type)) + " certificate for this name)";
  return failed(text);
}

/// Carries bytes between OpenSSL and the socket until the handshake is over.
SocketResult<void> converse(SSL* tls, const Socket& socket, model::KeyType type, SteadyPoint until,
                            const ports::ProbeResult& result) {
  std::array<char, 16 * 1024> buffer{};
  std::size_t received_bytes = 0;
  bool shown = false;
  while (received_bytes <= kMaxReceivedBytes) {
    ERR_clear_error();
    const int done = SSL_do_handshake(tls);
    const auto failure = SSL_get_error(tls, done);
    if (!shown && result.reached) {
      shown = true;
      until = std::min(until, std::chrono::steady_clock::now() + kCourtesy);
    }
    auto sent = socket.send(take_output(tls), until);
    if (done == 1) return {};
    if (failure != SSL_ERROR_WANT_READ) return failed_in_openssl(type);
    // A peer that refuses early may have sent its alert before it stopped reading.
    if (!sent && sent.error().kind != SocketFailure::Kind::Broken) return sent;

    const auto received = socket.receive(buffer.data(), buffer.size(), until);
    if (!received && received.error().kind == SocketFailure::Kind::Broken) return failed(received.error().text);
    if (!received) return tl::unexpected(received.error());
    if (*received == 0) return failed("the endpoint closed the connection");
    received_bytes += *received;
    BIO_write(SSL_get_rbio(tls), buffer.data(), static_cast<int>(*received));
  }
  return failed("the endpoint sends too much");
}

}  // namespace

SocketResult<void> shake_hands(const Socket& socket, const ports::ProbeTarget& target, SteadyPoint until,
                               ports::ProbeResult& result) {
  const auto context = make_context(target.key_type, result);
  if (!context) return failed_in_openssl(target.key_type);
  const auto tls = make_client(context.get(), target.server_name);
  if (!tls) {
    ERR_clear_error();
    return failed("server name \"" + target.server_name + "\" cannot be asked for");
  }
  const auto outcome = converse(tls.get(), socket, target.key_type, until, result);
  if (outcome) {
    SSL_shutdown(tls.get());
    socket.send_last(take_output(tls.get()));
  }
  ERR_clear_error();
  if (result.reached) return {};
  return outcome ? failed("no certificate was shown") : outcome;
}

}  // namespace certsync::probe
