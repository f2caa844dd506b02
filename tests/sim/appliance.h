// An in-memory NetScaler: requests in, responses out, no sockets. It refuses what the real one refuses.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sim/ha.h"
#include "sim/message.h"
#include "sim/options.h"
#include "sim/person.h"
#include "sim/x509.h"

namespace sim {

struct State;

/// A certkey as a vserver serves it: the pair in memory and the linked chain above it.
struct Served {
  std::string certkey;
  std::uint64_t generation = 0;
  bool sni = false;
  CertificatePtr certificate;
  KeyPtr key;
  std::vector<CertificatePtr> chain;
};

struct Serving {
  bool sni_enabled = false;
  /// Mutual TLS: no handshake without a certificate of the client's, whoever issued it.
  bool client_auth = false;
  bool tls12 = true;
  bool tls13 = true;
  std::vector<Served> certkeys;
};

struct Outcome {
  Response response;
  int errorcode = 0;
  bool mutating = false;
  /// Something was changed.
  bool applied = false;
};

/// Thread-safe: one mutex around everything, shared by a pair; the change listener runs outside of it.
class Appliance {
 public:
  /// `clock` must outlive the appliance; null means the system's. Two appliances with one `ha` are a pair, the first
  /// one its primary; options.ha is then the group's own affair.
  explicit Appliance(Options options, const certsync::Clock* clock = nullptr, std::shared_ptr<HaGroup> ha = nullptr);
  ~Appliance();
  Appliance(const Appliance&) = delete;
  Appliance& operator=(const Appliance&) = delete;

  Response handle(const Request& request) { return answer(request).response; }
  Outcome answer(const Request& request);
  const certsync::Clock& clock() const { return *clock_; }

  /// Called after every change of the configuration, before the answer goes out.
  void on_change(std::function<void()> listener);
  /// "vs" of the default partition, "p1/vs" of another one; so everywhere where traffic is meant.
  std::vector<std::string> ssl_vservers() const;
  Serving serving(const std::string& vserver) const;
  /// Where the vserver really listens; shown by lbvserver.
  void set_endpoint(const std::string& vserver, const std::string& address, int port);

  /// What a person at the appliance does, with all checks but without login. The result is the errorcode.
  int person(const std::string& method, const std::string& target, const std::string& body = {},
             const std::string& partition = "default");
  /// The same and more, in that partition; it must be there.
  Person in(const std::string& partition) { return {*this, partition}; }
  void put_file(const std::string& name, const std::string& content, const std::string& folder = "/nsconfig/ssl");
  bool remove_file(const std::string& name, const std::string& folder = "/nsconfig/ssl");
  std::optional<std::string> file(const std::string& name, const std::string& folder = "/nsconfig/ssl") const;
  /// Paths of the files anywhere on the disk that hold a private key nobody needs a passphrase for, but for the one
  /// that the appliance came with.
  std::vector<std::string> plain_keys() const;
  /// As Options::disk_bytes, while it runs.
  void set_disk_bytes(std::size_t limit);
  std::size_t used_disk_bytes() const;
  /// Writes NAME.pem and NAME.key and loads them; an empty key makes a certificate without one.
  int add_certkey(const std::string& name, const std::string& cert_pem, const std::string& key_pem = {});
  /// Imports a key into the FIPS card.
  void put_fips_key(const std::string& name, const std::string& key_pem);
  int bind(const std::string& vserver, const std::string& certkey, bool sni = false);
  int link(const std::string& certkey, const std::string& issuer);
  int save();
  void mark_saved(bool saved, const std::string& partition = "default");

  /// `allow` and `deny` are regexes over CLI commands, deny first; both empty makes a superuser.
  void add_user(const std::string& name, const std::string& password, const std::vector<std::string>& allow = {},
                const std::vector<std::string>& deny = {});
  void set_header_auth(bool on);
  HaGroup& ha() { return *ha_; }
  bool is_primary() const;
  /// What hanode reports of an appliance that stands alone: "Primary", "Secondary".
  void set_ha_state(const std::string& state);
  void kill_sessions();
  int session_count(const std::string& user) const;

  /// The saved configuration with the files now on disk; all sessions end.
  void reboot();
  bool config_changed(const std::string& partition = "default") const;
  /// Certkeys, bindings and files as stable text, for comparing end states; all partitions, or one.
  std::string state_text() const;
  std::string state_text(const std::string& partition) const;

 private:
  void notify();

  std::unique_ptr<certsync::Clock> own_clock_;
  const certsync::Clock* clock_;
  std::shared_ptr<HaGroup> ha_;
  std::unique_ptr<State> state_;
  std::function<void()> listener_;
};

}  // namespace sim
