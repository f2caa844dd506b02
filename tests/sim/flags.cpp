#include "sim/flags.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include <CLI/CLI.hpp>

#include "base/encoding.h"
#include "sim/partition.h"

namespace sim {
namespace {

constexpr int kMaxAppliances = 1000;
constexpr const char* kVserverForm = "[PARTITION/]NAME, then any of :sni :mtls :tls12 :tls13; repeat for more";

const std::map<std::string, SecondaryWrites>& secondary_writes() {
  static const std::map<std::string, SecondaryWrites> kChoices = {
      {"refused", SecondaryWrites::Refused}, {"warned", SecondaryWrites::Warned}, {"silent", SecondaryWrites::Silent}};
  return kChoices;
}

const std::map<std::string, FailedOnSecondary>& failed_on_secondary() {
  static const std::map<std::string, FailedOnSecondary> kChoices = {{"warning", FailedOnSecondary::Warning},
                                                                    {"error", FailedOnSecondary::Error}};
  return kChoices;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

VserverOptions vserver_of(const std::string& text) {
  VserverOptions vserver;
  auto end = std::min(text.find(':'), text.size());
  vserver.name = text.substr(0, end);
  bool good = !vserver.name.empty() && vserver.name.back() != '/';
  while (end < text.size()) {
    const auto next = std::min(text.find(':', end + 1), text.size());
    const std::string word = text.substr(end + 1, next - end - 1);
    if (word == "sni") vserver.sni = true;
    if (word == "mtls") vserver.client_auth = true;
    if (word == "tls12") vserver.tls13 = false;
    if (word == "tls13") vserver.tls12 = false;
    good = good && (word == "sni" || word == "mtls" || word == "tls12" || word == "tls13");
    end = next;
  }
  if (!good) throw CLI::ValidationError("--vserver", std::string(kVserverForm) + ", not " + text);
  return vserver;
}

/// Null for the default partition.
PartitionOptions* partition_named(Options& options, const std::string& flag, const std::string& name) {
  if (name == kDefaultPartition) return nullptr;
  const auto found = std::find_if(options.partitions.begin(), options.partitions.end(),
                                  [&](const PartitionOptions& partition) { return partition.name == name; });
  if (found == options.partitions.end()) throw CLI::ValidationError(flag, "no --partition " + name);
  return &*found;
}

void add_vserver(Options& options, const std::string& text) {
  VserverOptions vserver = vserver_of(text);
  const auto [partition, name] = split_qualified(vserver.name);
  PartitionOptions* where = partition_named(options, "--vserver", partition);
  vserver.name = name;
  (where == nullptr ? options.vservers : where->vservers).push_back(std::move(vserver));
}

void add_service(Options& options, const std::string& text, bool group) {
  const auto [partition, name] = split_qualified(text);
  PartitionOptions* where = partition_named(options, group ? "--service-group" : "--service", partition);
  (where == nullptr ? options.services : where->services).push_back({name, group});
}

void take_listen(Flags& flags) {
  if (flags.listen.empty()) return;
  const auto colon = flags.listen.rfind(':');
  const std::string port = colon == std::string::npos ? "" : flags.listen.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos) {
    throw CLI::ValidationError("--listen", "HOST:PORT, not " + flags.listen);
  }
  flags.options.host = flags.listen.substr(0, colon);
  flags.options.port = std::stoi(port);
}

void declare_estate(CLI::App& app, Flags& flags) {
  Options& options = flags.options;
  app.add_option("--vserver", flags.vservers, kVserverForm)->capture_default_str();
  app.add_option("--partition", flags.partitions, "an admin partition; repeat for more");
  app.add_option("--service", flags.services, "[PARTITION/]NAME of an SSL service; repeat for more");
  app.add_option("--service-group", flags.groups, "[PARTITION/]NAME of an SSL service group; repeat for more");
  app.add_option("--fips-key", flags.fips_keys, "name of a key in hardware; repeat for more");
  app.add_flag("--default-profile", options.default_profile, "SSL profiles rule the vservers");
  app.add_flag("--pair", flags.pair, "a high-availability pair; --listen is then its floating address");
  app.add_option("--secondary-writes", flags.secondary_writes, "a write to a secondary is refused, warned or silent")
      ->check(CLI::IsMember(secondary_writes()))
      ->capture_default_str();
  app.add_option("--failed-on-secondary", flags.failed_on_secondary, "349 comes as warning or error")
      ->check(CLI::IsMember(failed_on_secondary()))
      ->capture_default_str();
  app.add_option("--busy-after-failover", flags.busy_after_failover_ms, "milliseconds of 412 for writes")
      ->check(CLI::NonNegativeNumber);
}

void declare_limits(CLI::App& app, Flags& flags) {
  Options& options = flags.options;
  app.add_option("--max-certkey-name", options.max_certkey_name, "31 on old releases")->capture_default_str();
  app.add_option("--max-certkeys", options.max_certkeys, "1072 beyond it; 0: endless")->capture_default_str();
  app.add_option("--disk-bytes", options.disk_bytes, "284 beyond it; 0: endless")->capture_default_str();
  app.add_option("--max-sessions", options.max_sessions, "for each user")->capture_default_str();
  app.add_flag("--no-override", flags.no_override, "a build without systemfile?override=yes");
  app.add_flag("--tls12-only", options.tls12_only, "vservers without TLS 1.3");
}

}  // namespace

void declare(CLI::App& app, Flags& flags) {
  declare_estate(app, flags);
  declare_limits(app, flags);
  app.add_option("--user", flags.options.user, "administrator")->capture_default_str();
  auto* password = app.add_option("--password", flags.options.password, "its password");
  app.add_option("--password-file", flags.password_file, "file with the password")
      ->check(CLI::ExistingFile)
      ->excludes(password);
  app.add_option("--certificate-dir", flags.certificate_dir, "where nitro.pem is written")
      ->check(CLI::ExistingDirectory);
  auto* count =
      app.add_option("--count", flags.count, "appliances in this process")->check(CLI::Range(1, kMaxAppliances));
  app.add_option("--listen", flags.listen, "HOST:PORT of NITRO, on loopback; without it a free port")->excludes(count);
  auto* key = app.add_option("--key", flags.key_file, "private key of the management certificate");
  auto* certificate = app.add_option("--certificate", flags.certificate_file, "management certificate, PEM");
  key->check(CLI::ExistingFile)->needs(certificate);
  certificate->check(CLI::ExistingFile)->needs(key);
}

void complete(Flags& flags) {
  Options& options = flags.options;
  if (!flags.password_file.empty()) options.password = std::string(certsync::trim(content_of(flags.password_file)));
  take_listen(flags);
  if (!flags.certificate_file.empty()) {
    options.certificate_pem = content_of(flags.certificate_file);
    options.key_pem = content_of(flags.key_file);
  }
  for (const auto& name : flags.partitions) {
    options.partitions.push_back({name});
  }
  for (const auto& text : flags.vservers) {
    add_vserver(options, text);
  }
  for (const auto& text : flags.services) {
    add_service(options, text, false);
  }
  for (const auto& text : flags.groups) {
    add_service(options, text, true);
  }
  for (const auto& name : flags.fips_keys) {
    options.fips_keys.push_back({name});
  }
  options.ha.secondary_writes = secondary_writes().at(flags.secondary_writes);
  options.ha.failed_on_secondary = failed_on_secondary().at(flags.failed_on_secondary);
  options.ha.busy_after_failover = std::chrono::milliseconds(flags.busy_after_failover_ms);
  options.supports_override = !flags.no_override;
}

}  // namespace sim
