// The real etcd and kube-apiserver, started once for a test binary, with RBAC on, the kinds installed, and the
// operator's ServiceAccount and roles as deploy/ has them.
#pragma once

#include <string>
#include <vector>

#include "support/temp_folder.h"

namespace cluster {

/// What a command printed (both streams) and how it ended.
struct Ran {
  int code = 0;
  std::string output;
};

class ControlPlane {
 public:
  /// Of this process; started by the first call and ended with the process.
  static ControlPlane& get();
  /// Empty where the programs cannot be had; then why is on stderr.
  static std::string programs();

  /// `form`: of deploy/, "cluster-wide" or "namespaced" (then the namespace team-a is there).
  explicit ControlPlane(const std::string& api_flags = "", const std::string& form = "cluster-wide");
  /// Another API server for the data of `other`, which reaches their etcd at `etcd`.
  ControlPlane(const ControlPlane& other, const std::string& etcd);
  ~ControlPlane();
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  /// As the administrator. `input` goes to its standard input ("-f -").
  Ran kubectl(const std::vector<std::string>& arguments, const std::string& input = "") const;
  /// Fails the test when kubectl does; gives what it printed.
  std::string must(const std::vector<std::string>& arguments, const std::string& input = "") const;
  void apply(const std::string& yaml) const { must({"apply", "-f", "-"}, yaml); }

  void kill_api_server() const;
  void start_api_server() const;
  void compact() const;
  /// "127.0.0.1:PORT"
  std::string address() const;
  /// "127.0.0.1:PORT"
  std::string etcd_address() const;
  /// A file of its certificates and keys.
  std::string pki(const std::string& file) const { return folder_ / "run/pki" / file; }
  std::string admin_kubeconfig() const { return folder_ / "run/kubeconfig"; }
  /// A kubeconfig with nothing but a service account's token, in a file of its own that may be replaced. `server` empty
  /// = the API server itself.
  std::string account_kubeconfig(const std::string& folder, const std::string& account = "netscaler-cert-sync",
                                 const std::string& server = "") const;
  /// Writes a new token into that folder.
  void write_token(const std::string& folder, const std::string& account = "netscaler-cert-sync",
                   const std::string& duration = "1h") const;

 private:
  void script(const std::string& command, const std::vector<std::string>& more = {}) const;

  support::TempFolder folder_;
  std::string programs_;
  std::string api_flags_;
};

/// Runs a program to its end.
Ran run(const std::vector<std::string>& arguments, const std::string& input = "");

}  // namespace cluster
