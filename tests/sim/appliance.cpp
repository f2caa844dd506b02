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

/// Every appliance has it, and its files.
void add_default_certkey(State& state) {
  const SelfSigned pair = make_self_signed("default QLTVRC", state.now());
  state.files.put(kSslFolder, "ns-server.cert", pair.certificate_pem, state.now());
  state.files.put(kSslFolder, "ns-server.key", pair.key_pem, state.now());
  Certkey certkey;
  certkey.name = kDefaultCertkey;
  certkey.cert = "ns-server.cert";
  certkey.key = "ns-server.key";
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

std::string quoted(const std::string& text) {
  return print_compact(Json(text));
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
  state.changed_at = state.saved_at = state.now();
  User& user = state.users[options.user];
  user.password = options.password;
  user.max_sessions = options.max_sessions;
  for (const auto& wanted : options.vservers) {
    Vserver vserver;
    vserver.name = wanted.name;
    vserver.kind = wanted.type;
    vserver.sni = wanted.sni;
    state.running.vservers.push_back(std::move(vserver));
  }
  state.options = std::move(options);
  add_default_certkey(state);
  state.saved = state.running;
  ha_->join(state);
}

Appliance::~Appliance() {
  std::lock_guard lock(ha_->mutex());
  ha_->leave(*state_);
}

Outcome Appliance::answer(const Request& request) {
  Outcome outcome = answer_locked(request, false);
  if (outcome.applied) notify();
  return outcome;
}

Outcome Appliance::answer_locked(const Request& request, bool trusted) {
  std::lock_guard lock(ha_->mutex());
  return dispatch(*state_, request, trusted);
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
  for (const auto& vserver : state_->running.vservers) {
    if (vserver.is_ssl()) names.push_back(vserver.name);
  }
  return names;
}

Serving Appliance::serving(const std::string& name) const {
  std::lock_guard lock(ha_->mutex());
  const Config& config = state_->running;
  const Vserver* vserver = config.vserver(name);
  Serving serving;
  if (vserver == nullptr) return serving;
  serving.sni_enabled = vserver->sni;
  for (const auto& binding : config.bindings) {
    if (binding.owner != name || binding.ca) continue;
    const Certkey& certkey = *config.certkey(binding.certkey);
    if (!certkey.private_key) continue;
    serving.certkeys.push_back({certkey.name, certkey.generation, binding.sni, certkey.certificate, certkey.private_key,
                                chain_above(config, certkey)});
  }
  return serving;
}

void Appliance::set_endpoint(const std::string& name, const std::string& address, int port) {
  std::lock_guard lock(ha_->mutex());
  for (Config* config : {&state_->running, &state_->saved}) {
    if (Vserver* vserver = config->vserver(name)) {
      vserver->ip = address;
      vserver->port = port;
    }
  }
}

int Appliance::person(const std::string& method, const std::string& target, const std::string& body) {
  const Outcome outcome = answer_locked(Request{method, "/nitro/v1/config/" + target, {}, body}, true);
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

int Appliance::add_certkey(const std::string& name, const std::string& cert_pem, const std::string& key_pem) {
  put_file(name + ".pem", cert_pem);
  std::string body = R"({"sslcertkey":{"certkey":)" + quoted(name) + R"(,"cert":)" + quoted(name + ".pem");
  if (!key_pem.empty()) {
    put_file(name + ".key", key_pem);
    body += R"(,"key":)" + quoted(name + ".key");
  }
  return person("POST", "sslcertkey", body + "}}");
}

int Appliance::bind(const std::string& vserver, const std::string& certkey, bool sni) {
  const std::string body = R"({"sslvserver_sslcertkey_binding":{"vservername":)" + quoted(vserver) +
                           R"(,"certkeyname":)" + quoted(certkey) + (sni ? R"(,"snicert":true)" : "") + "}}";
  return person("PUT", "sslvserver_sslcertkey_binding", body);
}

int Appliance::link(const std::string& certkey, const std::string& issuer) {
  return person("POST", "sslcertkey?action=link",
                R"({"sslcertkey":{"certkey":)" + quoted(certkey) + R"(,"linkcertkeyname":)" + quoted(issuer) + "}}");
}

int Appliance::save() {
  return person("POST", "nsconfig?action=save", R"({"nsconfig":{}})");
}

void Appliance::mark_saved(bool saved) {
  std::lock_guard lock(ha_->mutex());
  if (saved) state_->saved = state_->running;
  state_->config_changed = !saved;
}

void Appliance::add_user(const std::string& name, const std::string& password, const std::vector<std::string>& allow,
                         const std::vector<std::string>& deny) {
  std::lock_guard lock(ha_->mutex());
  User& user = state_->users[name];
  user.password = password;
  user.max_sessions = state_->options.max_sessions;
  user.superuser = allow.empty() && deny.empty();
  const auto compile = [](const std::string& pattern) {
    return std::regex(pattern, std::regex::ECMAScript | std::regex::icase);
  };
  for (const auto& pattern : deny) {
    user.policies.push_back({false, pattern, compile(pattern)});
  }
  for (const auto& pattern : allow) {
    user.policies.push_back({true, pattern, compile(pattern)});
  }
  // Nothing but denials: the rest is allowed.
  if (allow.empty() && !deny.empty()) user.policies.push_back({true, ".*", compile(".*")});
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

bool Appliance::config_changed() const {
  std::lock_guard lock(ha_->mutex());
  return state_->config_changed;
}

std::string Appliance::state_text() const {
  std::lock_guard lock(ha_->mutex());
  return describe_state(*state_);
}

}  // namespace sim
