// An appliance with everything around it: NITRO over HTTPS, TLS traffic, faults, a log. All ports are the system's
// choice.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "sim/appliance.h"
#include "sim/faults.h"
#include "sim/manner.h"
#include "sim/options.h"
#include "sim/request_log.h"

namespace sim {

class HttpServer;
class TlsEndpoints;

/// Thread-safe. Ready when constructed; the destructor ends all connections and threads.
class Simulator {
 public:
  /// `clock` must outlive the simulator; null means the system's.
  explicit Simulator(Options options, const certsync::Clock* clock = nullptr);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  /// "https://127.0.0.1:PORT"
  std::string url() const;
  const std::string& certificate_pem() const { return options_.certificate_pem; }
  /// "sha256:<hex>" of the management certificate.
  const std::string& fingerprint() const { return fingerprint_; }
  const Options& options() const { return options_; }

  Appliance& appliance() { return *appliance_; }
  Faults& faults() { return faults_; }
  RequestLog& log() { return log_; }

  /// "127.0.0.1:PORT" where the vserver serves.
  std::string endpoint(const std::string& vserver) const;
  std::map<std::string, std::string> endpoints() const;
  std::size_t handshakes(const std::string& vserver) const;
  std::size_t failed_handshakes(const std::string& vserver) const;
  std::size_t open_connections(const std::string& vserver) const;

  /// Dead, silent or stubborn, whatever is bound.
  void set_manner(const std::string& vserver, Manner manner);

  void reboot();
  /// An unreachable box: connections are refused until start_listening, on the same port.
  void stop_listening();
  void start_listening();
  std::string state_text() const { return appliance_->state_text(); }

  // What a person at the appliance does; the result is the NITRO errorcode, 0 for success.
  void put_file(const std::string& name, const std::string& content) { appliance_->put_file(name, content); }
  int add_certkey(const std::string& name, const std::string& cert_pem, const std::string& key_pem = {}) {
    return appliance_->add_certkey(name, cert_pem, key_pem);
  }
  int bind(const std::string& vserver, const std::string& certkey, bool sni = false) {
    return appliance_->bind(vserver, certkey, sni);
  }
  int link(const std::string& certkey, const std::string& issuer) { return appliance_->link(certkey, issuer); }
  void mark_saved(bool saved) { appliance_->mark_saved(saved); }

 private:
  friend class Pair;
  /// A node of a pair, which gives it the endpoints that both share.
  Simulator(Options options, const certsync::Clock* clock, std::shared_ptr<HaGroup> ha);

  Options options_;
  std::string fingerprint_;
  std::unique_ptr<Appliance> appliance_;
  Faults faults_;
  RequestLog log_;
  std::shared_ptr<TlsEndpoints> endpoints_;
  std::unique_ptr<HttpServer> server_;  // last: its threads use all of the above
};

}  // namespace sim
