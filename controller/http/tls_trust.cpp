#include "http/tls_trust.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>
#include <utility>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/encoding.h"

namespace certsync::http {
namespace {

constexpr int kMaxBundleCertificates = 1000;
constexpr std::size_t kMaxSubjectBytes = 120;

/// Read once: afterwards the environment says /dev/null.
const std::string& system_roots_file() {
  // secure_getenv, as OpenSSL itself does for this variable.
  static const std::string file = [] {
    const char* given = ::secure_getenv(X509_get_default_cert_file_env());
    return std::string(given != nullptr ? given : X509_get_default_cert_file());
  }();
  return file;
}

std::string system_roots_directory() {
  const char* given = ::secure_getenv(X509_get_default_cert_dir_env());
  return given != nullptr ? given : X509_get_default_cert_dir();
}

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

std::string without_brackets(const std::string& host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
  return host;
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &length) != 1) return {};
  return "sha256:" + to_hex({reinterpret_cast<const char*>(digest.data()), length});
}

/// RFC 2253 escapes whatever is not printable ASCII: the subject is the peer's own text.
std::string subject_of(const X509* certificate) {
  std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  if (!out || X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) < 0) return {};
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return {text, std::min(static_cast<std::size_t>(std::max(length, 0L)), kMaxSubjectBytes)};
}

/// The number of certificates added, or the reason why the bundle is none.
tl::expected<int, std::string> add_bundle(X509_STORE* store, const std::string& pem) {
  if (pem.size() > (1u << 30)) return tl::unexpected<std::string>("the CA bundle is too long");
  std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  int added = 0;
  while (in) {
    std::unique_ptr<X509, void (*)(X509*)> certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr),
                                                       X509_free);
    if (!certificate) break;
    if (++added > kMaxBundleCertificates)
      return tl::unexpected<std::string>("the CA bundle holds too many certificates");
    X509_STORE_add_cert(store, certificate.get());
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return tl::unexpected<std::string>("the CA bundle holds a certificate that cannot be read");
  return added;
}

void add_system_roots(X509_STORE* store) {
  // Either may be missing; a store without roots refuses everybody, which says enough.
  X509_STORE_load_file(store, system_roots_file().c_str());
  X509_STORE_load_path(store, system_roots_directory().c_str());
  ERR_clear_error();
}

}  // namespace

/// What a context carries.
struct TlsTrust::Installed {
  std::shared_ptr<const TlsTrust> trust;

  static void free(void*, void* self, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Installed*>(self); }
  static int index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &Installed::free);
    return index;
  }
};

/// What a connection carries. cpprestsdk shows us a connection's context right before it makes the connection, and
/// behind a proxy never the connection itself; so it takes its observer while OpenSSL makes it.
struct TlsTrust::Observed {
  using Observer = std::shared_ptr<TlsObserver>;

  static Observer& next() {
    thread_local Observer next;
    return next;
  }
  static void take(void*, void*, CRYPTO_EX_DATA* data, int index, long, void*) {
    if (!next()) return;
    auto observer = std::make_unique<Observer>(std::move(next()));
    if (CRYPTO_set_ex_data(data, index, observer.get()) == 1) std::ignore = observer.release();
  }
  static void free(void*, void* self, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Observer*>(self); }
  static int index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, &Observed::take, nullptr, &Observed::free);
    return index;
  }
  /// Null = it tells nobody.
  static TlsObserver* of(const SSL* connection) {
    const auto* observer = static_cast<const Observer*>(SSL_get_ex_data(connection, index()));
    return observer == nullptr ? nullptr : observer->get();
  }
};

TlsTrust::TlsTrust(Trust trust, std::string name, Store store)
    : trust_(std::move(trust)), name_(std::move(name)), store_(std::move(store)) {}

tl::expected<TlsTrust::Store, std::string> TlsTrust::make_store(const std::string& ca_bundle) {
  Store store(X509_STORE_new());
  if (ca_bundle.empty()) {
    add_system_roots(store.get());
    return store;
  }
  const auto added = add_bundle(store.get(), ca_bundle);
  if (!added) return tl::unexpected(added.error());
  if (*added == 0) return tl::unexpected<std::string>("the CA bundle holds no certificate");
  // Who gives an intermediate or the appliance's own certificate as the CA means to trust just that.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

tl::expected<std::shared_ptr<const TlsTrust>, std::string> TlsTrust::make(Trust trust, const std::string& host) {
  // Where a pin decides nobody asks the system's roots, which take a megabyte for each server.
  const bool pinned = !trust.fingerprints.empty() || trust.insecure_skip_verify;
  auto store = pinned && trust.ca_bundle.empty() ? tl::expected<Store, std::string>(Store(X509_STORE_new()))
                                                 : make_store(trust.ca_bundle);
  if (!store) return tl::unexpected(std::move(store.error()));
  auto name = without_brackets(trust.server_name.empty() ? host : trust.server_name);
  return std::shared_ptr<const TlsTrust>(new TlsTrust(std::move(trust), std::move(name), std::move(*store)));
}

void TlsTrust::install(SSL_CTX* context) const {
  auto installed = std::make_unique<Installed>(Installed{shared_from_this()});
  if (SSL_CTX_set_ex_data(context, Installed::index(), installed.get()) != 1) {
    SSL_CTX_set_cert_verify_callback(
        context, [](X509_STORE_CTX*, void*) { return 0; }, nullptr);
    return;
  }
  std::ignore = installed.release();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // A peer that asks for one handshake after the other would keep us busy for nothing.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set1_cert_store(context, store_.get());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &TlsTrust::verify_peer, const_cast<TlsTrust*>(this));
  SSL_CTX_set_info_callback(context, &TlsTrust::name_server);
  SSL_CTX_set_msg_callback(context, &TlsTrust::count_records);
}

void TlsTrust::observe_next(std::shared_ptr<TlsObserver> observer) {
  Observed::index();
  Observed::next() = std::move(observer);
}

int TlsTrust::verify_peer(X509_STORE_CTX* chain, void* trust) {
  auto* observer =
      Observed::of(static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx())));
  if (observer == nullptr) return 0;
  auto refusal = static_cast<const TlsTrust*>(trust)->judge(chain);
  if (refusal.empty()) {
    X509_STORE_CTX_set_error(chain, X509_V_OK);
    return observer->accepted() ? 1 : 0;
  }
  if (X509_STORE_CTX_get_error(chain) == X509_V_OK) {
    X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  }
  observer->refused(std::move(refusal));
  return 0;
}

/// SNI here and not by cpprestsdk, which sends IP literals too and knows no name but that of the Host header. OpenSSL
/// calls this before it writes the ClientHello.
void TlsTrust::name_server(const SSL* connection, int where, int) {
  if ((where & SSL_CB_HANDSHAKE_START) == 0) return;
  const auto* installed =
      static_cast<const Installed*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), Installed::index()));
  if (installed == nullptr || is_address(installed->trust->name_)) return;
  SSL_set_tlsext_host_name(const_cast<SSL*>(connection), installed->trust->name_.c_str());
}

void TlsTrust::count_records(int write, int, int type, const void* bytes, std::size_t length, SSL* connection, void*) {
  if (write != 0 || type != SSL3_RT_HEADER || length != SSL3_RT_HEADER_LENGTH) return;
  const auto* header = static_cast<const unsigned char*>(bytes);
  const auto payload = static_cast<std::size_t>(header[3]) << 8 | header[4];
  if (auto* observer = Observed::of(connection)) observer->received(SSL3_RT_HEADER_LENGTH + payload);
}

std::string TlsTrust::judge(X509_STORE_CTX* chain) const {
  if (!trust_.fingerprints.empty()) {
    const auto shown = fingerprint_of(X509_STORE_CTX_get0_cert(chain));
    const auto& pinned = trust_.fingerprints;
    if (std::find(pinned.begin(), pinned.end(), shown) != pinned.end()) return {};
    return "it is not the pinned one (" + subject_of(X509_STORE_CTX_get0_cert(chain)) + "); to pin it: " + shown;
  }
  if (trust_.insecure_skip_verify) return {};
  return judge_by_chain(chain);
}

std::string TlsTrust::judge_by_chain(X509_STORE_CTX* chain) const {
  auto* parameters = X509_STORE_CTX_get0_param(chain);
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool named = is_address(name_) ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name_.c_str()) == 1
                                       : X509_VERIFY_PARAM_set1_host(parameters, name_.data(), name_.size()) == 1;
  if (!named || name_.empty()) return "there is no name to check";
  // cpprestsdk's own check (RFC 2818 against the Host header) hangs on the connection; ours takes its place.
  X509_STORE_CTX_set_verify_cb(chain, [](int ok, X509_STORE_CTX*) { return ok; });
  if (X509_verify_cert(chain) == 1) return {};

  const int error = X509_STORE_CTX_get_error(chain);
  std::string why = X509_verify_cert_error_string(error);
  if (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH)
    why += ", it is not for " + name_;
  const auto* leaf = X509_STORE_CTX_get0_cert(chain);
  return why + " (" + subject_of(leaf) + "); to pin it: " + fingerprint_of(leaf);
}

void keep_system_roots_to_ourselves() {
  system_roots_file();
  // Called by main before there are threads. NOLINTNEXTLINE(concurrency-mt-unsafe)
  ::setenv(X509_get_default_cert_file_env(), "/dev/null", 1);
}

}  // namespace certsync::http
