// Whom a TLS connection may talk to: our own verification in place of cpprestsdk's, which always trusts the system's
// roots beside the given ones, cannot pin, and keeps the reason of a refusal to itself.
#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>
#include <tl/expected.hpp>

#include "http/transport.h"

namespace certsync::http {

/// Told what happens on one TLS connection, by whatever thread serves it. Must not block nor touch the connection.
class TlsObserver {
 public:
  virtual ~TlsObserver() = default;
  /// The peer is believed; after this the request may go out. False breaks the handshake off.
  virtual bool accepted() = 0;
  /// `why` ends a sentence: "self-signed certificate (CN=ns); to pin it: sha256:…".
  virtual void refused(std::string why) = 0;
  /// Bytes on the wire, as the TLS records declare them.
  virtual void received(std::size_t bytes) = 0;
};

/// Thread-safe: nothing changes after make().
class TlsTrust : public std::enable_shared_from_this<TlsTrust> {
 public:
  /// `host` as in the URL. Reads the roots once, for all connections. The error is for people.
  static tl::expected<std::shared_ptr<const TlsTrust>, std::string> make(Trust trust, const std::string& host);

  /// Prepares a client's context, for any number of connections: TLS 1.2 at least, only our roots, our verification,
  /// and the server name (none for an IP literal, RFC 6066 section 3). The context keeps this object alive.
  void install(SSL_CTX* context) const;

  /// Whom the next connection that this thread makes tells, and keeps alive. One that tells nobody believes nobody.
  static void observe_next(std::shared_ptr<TlsObserver> observer);

 private:
  struct StoreFree {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  };
  using Store = std::unique_ptr<X509_STORE, StoreFree>;
  struct Installed;
  struct Observed;

  TlsTrust(Trust trust, std::string name, Store store);
  static tl::expected<Store, std::string> make_store(const std::string& ca_bundle);

  static int verify_peer(X509_STORE_CTX* chain, void* trust);
  static void name_server(const SSL* connection, int where, int value);
  static void count_records(int write, int version, int type, const void* bytes, std::size_t length, SSL* connection,
                            void*);
  /// Empty when the peer is believed.
  std::string judge(X509_STORE_CTX* chain) const;
  std::string judge_by_chain(X509_STORE_CTX* chain) const;

  Trust trust_;
  /// To check and to ask for; without the brackets of an IPv6 literal.
  std::string name_;
  Store store_;
};

/// cpprestsdk parses the system's roots for every new connection (25 ms of CPU), to add them to what we trust. This
/// points OpenSSL's default at nothing and remembers where the real roots are, for trust without a CA of its own.
/// Changes the environment: before there are threads.
void keep_system_roots_to_ourselves();

}  // namespace certsync::http
