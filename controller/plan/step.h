// One step of a plan: what will be written to an appliance, for whom, and whom it disturbs. Printing a plan is the
// dry run; performing it is engine's work.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "model/cert_sync.h"
#include "model/certificate.h"
#include "model/object.h"

namespace certsync::plan {

struct UploadCertificate {
  std::string file;
  model::CertificatePtr certificate;
};
/// The key itself is read when this step is performed, and wiped after.
struct UploadKey {
  /// Of an encrypted key: the name that the plain one would have. Its own it gets when it is encrypted, and with it the
  /// add or update of the same group.
  std::string file;
  model::ObjectRef secret;
  model::CertificatePtr leaf;
  /// Under a passphrase that only the add or update of the same group sends.
  bool encrypted = false;
};
struct DeleteFile {
  std::string file;
};
/// Uploads reach the other node of an HA pair once a minute; the commands that need them are propagated at once.
struct SyncFiles {};
struct AddCertKey {
  std::string certkey;
  std::string cert_file;
  /// Empty for an intermediate, and with a FIPS key.
  std::string key_file;
  bool expiry_monitor = true;
  int notification_period_days = 30;
  /// The key in the FIPS card, in place of a file.
  std::string fips_key = {};
  bool encrypted_key = false;
};
struct UpdateCertKey {
  std::string certkey;
  std::string cert_file;
  std::string key_file;
  bool domain_check = false;
  std::string fips_key = {};
  bool encrypted_key = false;
};
struct SetMonitor {
  std::string certkey;
  bool expiry_monitor = true;
  int notification_period_days = 30;
};
struct Link {
  std::string certkey;
  std::string issuer;
};
struct Unlink {
  std::string certkey;
};
struct Bind {
  model::Target target;
  std::string certkey;
  model::Role role = model::Role::Default;
  /// The certkey whose place it takes; empty = none.
  std::string replaces = {};
};
struct Unbind {
  model::Target target;
  std::string certkey;
  model::Role role = model::Role::Default;
};
/// On the virtual server, or in the SSL profile that rules it.
struct EnableSni {
  std::string virtual_server;
  std::string profile;
};
struct DeleteCertKey {
  std::string certkey;
};

using Action = std::variant<UploadCertificate, UploadKey, DeleteFile, SyncFiles, AddCertKey, UpdateCertKey, SetMonitor,
                            Link, Unlink, Bind, Unbind, EnableSni, DeleteCertKey>;

struct Step {
  Action action;
  /// Steps of one group belong together: when one fails, the rest of its group is left out. A certkey's name.
  std::string group;
  /// The resource that wants it; empty for what all share.
  model::ObjectRef sync;
  /// Virtual servers whose live connections this step may cut, whoever bound the certkey there.
  std::vector<std::string> disturbs;
};

/// "update certkey default_www-tls from cs-….pem (disturbs vs_www)"
std::string to_text(const Step& step);
/// One step a line.
std::string to_text(const std::vector<Step>& steps);

struct Words {
  std::string_view verb;
  std::string object;
};
/// For audit lines and metrics: {"update", "certkey default_www-tls"}.
Words words(const Action& action);

/// A change of the configuration that a reboot would lose: everything but files.
bool changes_configuration(const Action& action);

}  // namespace certsync::plan
