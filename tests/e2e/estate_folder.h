// The manifests of one certificate on one simulated appliance, in a folder of their own, for the real binary.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "e2e/child.h"

#include "sim/simulator.h"
#include "support/temp_folder.h"
#include "support/test_pki.h"

namespace e2e {

/// vs_www without SNI, vs_shop with it.
inline sim::Options two_servers() {
  sim::Options options;
  options.vservers = {{"vs_www", "lb", false}, {"vs_shop", "lb", true}};
  return options;
}

class EstateFolder {
 public:
  explicit EstateFolder(const sim::Simulator& box);

  /// Issues a new certificate and writes its Secret, as an atomic rename. Gives the SHA-256 of the leaf (hex).
  std::string renew();
  /// The private key of the last one.
  const std::string& last_key() const { return last_key_; }
  /// nsroot, at first.
  void log_in_as(const std::string& username, const std::string& password) const;
  void write(const std::string& file, const std::string& text) const { folder_.replace("manifests/" + file, text); }
  std::string status(const std::string& name = "www") const {
    return folder_.read("status/netscalercertsync/default/" + name + ".yaml");
  }
  const support::TempFolder& folder() const { return folder_; }
  const support::Authority& issuer() const { return issuer_; }
  /// certsync run with this folder's manifests and more arguments.
  std::vector<std::string> command(const std::vector<std::string>& more = {}) const;
  std::string secret(const std::string& name, const support::Issued& issued) const;

 private:
  support::TempFolder folder_;
  support::Authority root_;
  support::Authority issuer_;
  std::string last_key_;
};

/// The leaf that an endpoint serves as SHA-256 (hex); empty = no handshake.
std::string served(const std::string& address, const std::string& server_name = "");

/// Again and again until it holds; false after `patience`.
bool until(const std::function<bool()>& holds, std::chrono::seconds patience = std::chrono::seconds(60));

}  // namespace e2e
