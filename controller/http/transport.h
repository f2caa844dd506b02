// HTTP as the rest of the program sees it: one request, one answer or one honest failure. cpprestsdk stays behind it.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "base/secret.h"

namespace certsync::http {

enum class Method { Get, Post, Put, Delete, Patch };
std::string_view to_text(Method method);

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  Method method = Method::Get;
  /// Path and query, percent-encoded already: "/nitro/v1/config/sslcertkey?count=yes".
  std::string target;
  /// May hold a session token; never logged.
  Headers headers;
  /// May hold a private key; wiped with the request.
  SecretBytes body;
  std::string content_type;
  /// Total: from the call to the last byte of the answer, connecting included.
  std::chrono::milliseconds timeout{30'000};
  std::size_t max_response_bytes = 64u << 20;
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;

  /// First header of that name, case-insensitive; empty if absent.
  std::string_view header(std::string_view name) const;
};

enum class FailureKind {
  Unreachable,  // not connected: nothing was sent
  Untrusted,    // TLS refused before anything was sent; the message shows the certificate's fingerprint
  Timeout,      // the deadline passed
  Lost,         // the connection broke
  TooLarge,     // the answer is longer than allowed
  Cancelled,    // the stop token
};
std::string_view to_text(FailureKind kind);

struct Failure {
  FailureKind kind = FailureKind::Lost;
  std::string message;
  /// True when the request may have reached the other side, so that nobody knows whether it was carried out.
  bool maybe_sent = false;
};

/// Takes an answer that may have no end, piece by piece, in the thread that asked for it. It may take its time, and
/// must not throw.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// False = enough: the connection is given up and the answer counts as complete.
  virtual bool read(std::string_view bytes) = 0;
};

/// Thread-safe. Never follows a redirect, never sends a request other than GET a second time by itself.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual tl::expected<Response, Failure> send(Request request, std::stop_token stop) = 0;

  /// For watches; GET only. A 2xx answer goes to `reader`, whatever its length, each chunk as soon as it is complete;
  /// one chunk of more than 64 MiB is TooLarge. Any other answer is collected in Response::body, up to
  /// max_response_bytes. `idle`: the longest silence, before the headers and between pieces. `request.timeout` is the
  /// end of it all. Both give Failure Timeout, or Unreachable while nothing was sent. What arrived before the
  /// connection broke is read before it is Lost. A slow reader slows the server down: at most kMaxUnreadBytes and one
  /// chunk wait.
  virtual tl::expected<Response, Failure> stream(Request request, std::chrono::milliseconds idle, BodyReader& reader,
                                                 std::stop_token stop) = 0;
};

inline constexpr std::size_t kMaxUnreadBytes = 1u << 20;

/// Whom to believe. TLS 1.2 at least, always.
struct Trust {
  /// PEM; empty = the system's roots. When given, nothing else is trusted.
  std::string ca_bundle;
  /// Name to check (and to ask for by SNI) in place of the URL's host; empty = the host, an IP literal against IP SANs.
  std::string server_name;
  /// "sha256:<64 lower-case hex>" of the leaf's DER; when given they replace chain and name checks.
  std::vector<std::string> fingerprints;
  bool insecure_skip_verify = false;
};

/// A client certificate: PEM, leaf first, and its private key in PEM.
struct ClientIdentity {
  std::string certificates;
  SecretBytes private_key;
};

struct TransportOptions {
  /// "https://192.0.2.10" or "http://…" in tests; no path.
  std::string base_url;
  Trust trust;
  /// "http://proxy:3128"; empty = none. The proxy variables of the environment are not read.
  std::string proxy_url;
  /// Shown to a server that asks for it; null = none. One that cannot be used fails every request, as Untrusted.
  std::shared_ptr<const ClientIdentity> identity;
};

/// Call first thing in main, before there are threads: keeps the system's roots from cpprestsdk and starts its pool.
/// The pool gets one thread, fewer than the 40 of its own choice and than `threads`: with more, giving up a request may
/// crash.
void initialize_threads(std::size_t threads);

std::unique_ptr<Transport> make_cpprest_transport(TransportOptions options);

}  // namespace certsync::http
