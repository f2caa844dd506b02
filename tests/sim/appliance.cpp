#include "sim/appliance.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sim/auth.h"
#include "sim/call.h"
#include "sim/certkey_load.h"
#include "sim/dispatch.h"
#include "sim/resources.h"
#include "sim/state.h"

namespace sim {
namespace {

constexpr const char* kDefaultCertkey = "ns-server-certificate";
constexpr const char* kDefaultKeyFile = "ns-server.key";

/// Every partition has it, and its files.
void add_default_certkey(State& state) {
  const SelfSigned pair = make_self_signed("default QLTVRC", state.now());
  const std::string folder = state.here->ssl_folder();
  state.files.put(folder, "ns-server.cert", pair.certificate_pem, state.now());
  state.files.put(folder, kDefaultKeyFile, pair.key_pem, state.now());
  Certkey certkey;
  certkey.name = kDefaultCertkey;
  certkey.cert = "ns-server.cert";
  certkey.key = kDefaultKeyFile;
  certkey.builtin = true;
  install(state, certkey, load_files(state, certkey, false));
}

std::vector<CertificatePtr> chain_above(const Config& config, const Certkey& leaf) {
  std::vector<CertificatePtr> chain;
  std::set<std::string> seen = {leaf.name};
  for (const Certkey* at = config.certkey(leaf.link); at != nullptr && seen.insert(at->name).second;
       at = config.certkey(at->link)) {
    chain.push_back(at->certificate);
  }
  return chain;
}

/// What serves the appliance's own management, with the certificate it came with.
void add_internal_services(State& state) {
  for (const char* kind : {"nshttps-", "nskrpcs-", "nsrpcs-"}) {
    Service service;
    service.name = kind + state.options.host + "-internal";
    service.ip = state.options.host;
    service.internal = true;
    Binding binding;
    binding.owner = service.name;
    binding.certkey = kDefaultCertkey;
    state.running().service_bindings[service_kind(false)].push_back(std::move(binding));
    state.running().services.push_back(std::move(service));
  }
}

void make_partition(State& state, const PartitionOptions& wanted) {
  const int number = wanted.name == kDefaultPartition ? 0 : static_cast<int>(state.partitions.size());
  Partition& partition = state.partitions[wanted.name];
  partition.name = wanted.name;
  partition.number = number;
  partition.changed_at = partition.saved_at = state.now();
  state.files.add_folder(partition.ssl_folder());
  Config& config = partition.running;
  const bool default_profile = state.options.default_profile;
  for (const auto& wish : wanted.vservers) {
    Vserver vserver;
    vserver.name = wish.name;
    vserver.kind = wish.type;
    vserver.ssl_profile = wish.ssl_profile.empty() && default_profile ? kFrontEndProfile : wish.ssl_profile;
    if (vserver.ssl_profile.empty()) vserver.ssl = {wish.sni, wish.client_auth, wish.tls12, wish.tls13};
    config.vservers.push_back(std::move(vserver));
  }
  for (const auto& [name, sni] : state.options.ssl_profiles) {
    config.ssl_profiles.push_back({name, true, {sni}});
  }
  if (default_profile) config.ssl_parameter["defaultprofile"] = "ENABLED";
  for (const auto& [name, group, type] : wanted.services) {
    Service service;
    service.name = name;
    service.group = group;
    service.type = type;
    config.services.push_back(std::move(service));
  }
  const InPartition in(state, wanted.name);
  add_default_certkey(state);
  if (partition.is_default()) add_internal_services(state);
  partition.saved = config;
}

const Partition* find_partition(const State& state, const std::string& name) {
  const auto found = state.partitions.find(name);
  return found == state.partitions.end() ? nullptr : &found->second;
}

}  // namespace

Appliance::Appliance(Options options, const certsync::Clock* clock, std::shared_ptr<HaGroup> ha)
    : own_clock_(clock == nullptr ? certsync::make_system_clock() : nullptr),
      clock_(clock == nullptr ? own_clock_.get() : clock),
      ha_(ha ? std::move(ha) : std::make_shared<HaGroup>(options.ha)),
      state_(std::make_unique<State>()) {
  std::lock_guard lock(ha_->mutex());
  State& state = *state_;
  state.clock = clock_;
  state.ha = ha_.get();
  User& user = state.users[options.user];
  user.password = options.password;
  user.max_sessions = options.max_sessions;
  state.options = std::move(options);
  make_partition(state, {kDefaultPartition, state.options.vservers, state.options.services});
  for (const auto& wanted : state.options.partitions) {
    make_partition(state, wanted);
  }
  ha_->join(state);
}

Appliance::~Appliance() {
  std::lock_guard lock(ha_->mutex());
  ha_->leave(*state_);
}

Outcome Appliance::answer(const Request& request) {
  Outcome outcome;
  {
    std::lock_guard lock(ha_->mutex());
    outcome = dispatch(*state_, request);
  }
  if (outcome.applied) notify();
  return outcome;
}

void Appliance::notify() {
  std::function<void()> listener;
  {
    std::lock_guard lock(ha_->mutex());
    listener = listener_;
  }
  if (listener) listener();
}

void Appliance::on_change(std::function<void()> listener) {
  std::lock_guard lock(ha_->mutex());
  listener_ = std::move(listener);
}

std::vector<std::string> Appliance::ssl_vservers() const {
  std::lock_guard lock(ha_->mutex());
  std::vector<std::string> names;
  for (const auto& [partition_name, partition] : state_->partitions) {
    for (const auto& vserver : partition.running.vservers) {
      if (vserver.is_ssl()) names.push_back(qualified(partition_name, vserver.name));
    }
  }
  return names;
}

Serving Appliance::serving(const std::string& vserver_name) const {
  std::lock_guard lock(ha_->mutex());
  const auto [partition_name, name] = split_qualified(vserver_name);
  const Partition* partition = find_partition(*state_, partition_name);
  const Vserver* vserver = partition == nullptr ? nullptr : partition->running.vserver(name);
  Serving serving;
  if (vserver == nullptr) return serving;
  const SslSettings& settings = partition->running.ssl_settings(*vserver);
  serving.sni_enabled = settings.sni;
  serving.client_auth = settings.client_auth;
  serving.tls12 = settings.tls12;
  serving.tls13 = settings.tls13;
  const Config& config = partition->running;
  for (const auto& binding : config.bindings) {
    if (binding.owner != vserver->name || binding.ca) continue;
    const Certkey& certkey = *config.certkey(binding.certkey);
    if (!certkey.private_key) continue;
    serving.certkeys.push_back({certkey.name, certkey.generation, binding.sni, certkey.certificate, certkey.private_key,
                                chain_above(config, certkey)});
  }
  return serving;
}

void Appliance::set_endpoint(const std::string& vserver_name, const std::string& address, int port) {
  std::lock_guard lock(ha_->mutex());
  const auto [partition_name, name] = split_qualified(vserver_name);
  const auto found = state_->partitions.find(partition_name);
  if (found == state_->partitions.end()) return;
  for (Config* config : {&found->second.running, &found->second.saved}) {
    if (Vserver* vserver = config->vserver(name)) {
      vserver->ip = address;
      vserver->port = port;
    }
  }
}

int Appliance::person(const std::string& method, const std::string& target, const std::string& body,
                      const std::string& partition) {
  Outcome outcome;
  {
    std::lock_guard lock(ha_->mutex());
    outcome = dispatch_trusted(*state_, Request{method, "/nitro/v1/config/" + target, {}, body}, partition);
  }
  if (outcome.applied) notify();
  return outcome.errorcode;
}

void Appliance::put_file(const std::string& name, const std::string& content, const std::string& folder) {
  std::lock_guard lock(ha_->mutex());
  state_->files.put(folder, name, content, state_->now());
}

bool Appliance::remove_file(const std::string& name, const std::string& folder) {
  std::lock_guard lock(ha_->mutex());
  return state_->files.remove(folder, name);
}

std::optional<std::string> Appliance::file(const std::string& name, const std::string& folder) const {
  std::lock_guard lock(ha_->mutex());
  const File* found = state_->files.find(folder, name);
  if (found == nullptr) return std::nullopt;
  return found->content;
}

std::vector<std::string> Appliance::plain_keys() const {
  std::lock_guard lock(ha_->mutex());
  std::vector<std::string> paths;
  for (const auto& [folder, files] : state_->files.folders()) {
    for (const auto& [name, file] : files) {
      if (name != kDefaultKeyFile && holds_plain_key(file.content)) paths.push_back(folder + "/" + name);
    }
  }
  return paths;
}

void Appliance::set_disk_bytes(std::size_t limit) {
  std::lock_guard lock(ha_->mutex());
  state_->options.disk_bytes = limit;
}

std::size_t Appliance::used_disk_bytes() const {
  std::lock_guard lock(ha_->mutex());
  return state_->files.bytes();
}

int Appliance::add_certkey(const std::string& name, const std::string& cert_pem, const std::string& key_pem) {
  return in(kDefaultPartition).add_certkey(name, cert_pem, key_pem);
}

int Appliance::bind(const std::string& vserver, const std::string& certkey, bool sni) {
  return in(kDefaultPartition).bind(vserver, certkey, sni);
}

int Appliance::link(const std::string& certkey, const std::string& issuer) {
  return in(kDefaultPartition).link(certkey, issuer);
}

int Appliance::save() {
  return in(kDefaultPartition).save();
}

void Appliance::mark_saved(bool saved, const std::string& partition) {
  std::lock_guard lock(ha_->mutex());
  Partition& marked = state_->partitions.at(partition);
  if (saved) marked.saved = marked.running;
  marked.config_changed = !saved;
}

void Appliance::add_user(const std::string& name, const std::string& password, const std::vector<std::string>& allow,
                         const std::vector<std::string>& deny) {
  std::lock_guard lock(ha_->mutex());
  User& user = state_->users[name];
  user.password = password;
  user.max_sessions = state_->options.max_sessions;
  user.superuser = allow.empty() && deny.empty();
  for (const auto& pattern : deny)
    user.policies.push_back(command_policy(false, pattern));
  for (const auto& pattern : allow)
    user.policies.push_back(command_policy(true, pattern));
  // Nothing but denials: the rest is allowed.
  if (allow.empty() && !deny.empty()) user.policies.push_back(command_policy(true, ".*"));
}

void Appliance::set_header_auth(bool on) {
  std::lock_guard lock(ha_->mutex());
  state_->options.header_auth = on;
}

void Appliance::set_ha_state(const std::string& state) {
  std::lock_guard lock(ha_->mutex());
  state_->ha_state = state;
}

bool Appliance::is_primary() const {
  std::lock_guard lock(ha_->mutex());
  return ha_->is_primary(*state_);
}

void Appliance::kill_sessions() {
  std::lock_guard lock(ha_->mutex());
  state_->sessions.close_all();
}

int Appliance::session_count(const std::string& user) const {
  std::lock_guard lock(ha_->mutex());
  return state_->sessions.live(user, state_->now());
}

void Appliance::reboot() {
  {
    std::lock_guard lock(ha_->mutex());
    state_->sessions.close_all();
    reload_saved(*state_);
  }
  notify();
}

bool Appliance::config_changed(const std::string& partition) const {
  std::lock_guard lock(ha_->mutex());
  return state_->partitions.at(partition).config_changed;
}

void Appliance::put_fips_key(const std::string& name, const std::string& key_pem) {
  std::lock_guard lock(ha_->mutex());
  std::erase_if(state_->options.fips_keys, [&](const auto& key) { return key.name == name; });
  state_->options.fips_keys.push_back({name, key_pem});
}

std::string Appliance::state_text() const {
  std::lock_guard lock(ha_->mutex());
  return describe_state(*state_);
}

std::string Appliance::state_text(const std::string& partition) const {
  std::lock_guard lock(ha_->mutex());
  return describe_partition(*state_, state_->partitions.at(partition));
}

}  // namespace sim
