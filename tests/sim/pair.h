// A high-availability pair with everything around it: two appliances with a management address each, a third address
// that always reaches the primary, and virtual servers that move with it.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sim/ha.h"
#include "sim/options.h"
#include "sim/simulator.h"

namespace sim {

/// Thread-safe. Ready when constructed; the destructor ends all connections and threads.
class Pair {
 public:
  /// `options` are those of both nodes; host and port are the floating address. The nodes have addresses of their own,
  /// as they report them. `clock` must outlive the pair; null means the system's.
  explicit Pair(const Options& options, const certsync::Clock* clock = nullptr);
  ~Pair();
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  /// 0 is the first primary.
  Simulator& node(std::size_t number) { return *nodes_.at(number); }
  Simulator& primary() { return *nodes_.at(ha_->primary()); }
  Simulator& secondary() { return *nodes_.at(1 - ha_->primary()); }

  /// A subnet address with management access: it reaches the primary, in whose log and under whose faults the request
  /// then is. Its connections break at a failover, and sessions belong to a node.
  std::string floating_url() const;
  /// The same for all three addresses.
  const std::string& certificate_pem() const { return nodes_[0]->certificate_pem(); }
  const std::string& fingerprint() const { return nodes_[0]->fingerprint(); }
  const Options& options() const { return nodes_[0]->options(); }

  /// At any moment, also as the fault `fail_over`. The new primary has what it had: propagated commands, and the files
  /// of the last file sync.
  void fail_over() { ha_->fail_over(); }
  void sync_files() { ha_->sync_files(); }
  void sync_config() { ha_->sync_config(); }
  std::shared_ptr<HaGroup> ha() { return ha_; }

  /// Virtual servers keep their address over a failover.
  std::string endpoint(const std::string& vserver) const { return nodes_[0]->endpoint(vserver); }
  std::map<std::string, std::string> endpoints() const { return nodes_[0]->endpoints(); }
  std::size_t handshakes(const std::string& vserver) const { return nodes_[0]->handshakes(vserver); }
  std::size_t failed_handshakes(const std::string& vserver) const { return nodes_[0]->failed_handshakes(vserver); }

  void set_manner(const std::string& vserver, Manner manner) { nodes_[0]->set_manner(vserver, manner); }

  // What a person does at the primary, whose files reach the other node before anything else happens.
  void put_file(const std::string& name, const std::string& content);
  int add_certkey(const std::string& name, const std::string& cert_pem, const std::string& key_pem = {});
  int bind(const std::string& vserver, const std::string& certkey, bool sni = false) {
    return primary().bind(vserver, certkey, sni);
  }
  int link(const std::string& certkey, const std::string& issuer) { return primary().link(certkey, issuer); }
  void mark_saved(bool saved);
  void add_user(const std::string& name, const std::string& password, const std::vector<std::string>& allow = {},
                const std::vector<std::string>& deny = {});

 private:
  void make_endpoints(bool tls12_only);

  std::shared_ptr<HaGroup> ha_;
  std::array<std::unique_ptr<Simulator>, 2> nodes_;
  std::unique_ptr<HttpServer> floating_;  // last: its threads use all of the above
};

}  // namespace sim
