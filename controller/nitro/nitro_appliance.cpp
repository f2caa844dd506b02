#include "nitro/nitro_appliance.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "model/naming.h"
#include "nitro/codes.h"
#include "nitro/wire.h"

namespace certsync::nitro {
namespace {

constexpr std::chrono::seconds kBusyPatience{60};
constexpr std::chrono::milliseconds kFirstBusyWait{500};
constexpr std::chrono::milliseconds kLongestBusyWait{8000};
constexpr std::array kVirtualServerKinds = {"lbvserver", "csvserver", "vpnvserver", "authenticationvserver"};

// The action is done already: somebody was faster, or an earlier try was carried out and its answer lost.
bool done_already(const plan::Action& action, int code) {
  if (std::holds_alternative<plan::DeleteCertKey>(action)) return code == 1540;
  if (std::holds_alternative<plan::DeleteFile>(action)) return code == 3441 || code == 1155;
  if (std::holds_alternative<plan::Unlink>(action)) return code == 1545;
  if (std::holds_alternative<plan::Unbind>(action)) return code == 1542;
  if (std::holds_alternative<plan::Bind>(action)) return code == 273;
  return false;
}

// A node that is no primary: it refuses (368), or does it and says that nobody else will know (1028).
bool is_of_secondary(const Answer& answer) {
  constexpr int kOnlyOnPrimary = 368;
  constexpr int kNotPropagated = 1028;
  return answer.code == kOnlyOnPrimary || answer.code == kNotPropagated ||
         (answer.warning && answer.warning->code == kNotPropagated);
}

void leave_out_quotes(Answer& answer) {
  const auto cut = [](std::string& text) { text.resize(std::min(text.size(), text.find('['))); };
  cut(answer.message);
  if (answer.warning) cut(answer.warning->text);
}

bool not_supported(int code) {
  static constexpr std::array kCodes = {257, 356, 1067, 1090, 1092, 1095, 1232, 1240, 2760, 2761};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

}  // namespace

NitroAppliance::NitroAppliance(Client client, std::vector<Door> doors, const Clock& clock, Sleeper& sleeper)
    : client_(std::move(client)),
      doors_(std::move(doors)),
      folder_(ssl_folder(client_.partition)),
      clock_(clock),
      sleeper_(sleeper) {
  for (const auto& door : doors_)
    door.session->join();
}

NitroAppliance::~NitroAppliance() {
  if (left_) return;
  for (const auto& door : doors_)
    door.session->abandon();
}

void NitroAppliance::begin_pass(std::stop_token stop) {
  stop_ = std::move(stop);
  busy_left_.with([](auto& left) { left = kBusyPatience; });
  for (const auto& door : doors_)
    door.session->begin_pass();
}

Result<std::string> NitroAppliance::get(const std::string& resource, const std::string& what) {
  auto answer = call({http::Method::Get, resource, {}, what});
  if (!answer) return tl::unexpected(answer.error());
  if (!answer->ok()) return tl::unexpected(to_error(*answer, what));
  return std::move(answer->body);
}

// hanode tells of all nodes; "0" is the one that answers (NITRO hanode). A SNIP reaches the primary by itself.
Result<model::HaView> NitroAppliance::look_at_role() {
  const std::string& endpoint = doors_[door_].endpoint;
  if (ha_hidden_) return model::HaView{"", endpoint, "", false};
  auto body = get("hanode", "read the HA role");
  if (!body) {
    // An account that may not see it can do everything else; a failover is then noticed by what it breaks.
    const bool hidden = body.error().reason == Reason::NotAuthorized || not_supported(body.error().code);
    if (!hidden) return tl::unexpected(body.error());
    ha_hidden_ = true;
    return model::HaView{"", endpoint, "", false};
  }
  auto nodes = read_nodes(*body);
  if (!nodes) return tl::unexpected(nodes.error());
  const auto self = std::find_if(nodes->begin(), nodes->end(), [](const HaNode& node) { return node.id == "0"; });
  if (self == nodes->end() || nodes->size() < 2) return model::HaView{"Standalone", endpoint, "", false};
  if (to_lower(self->state) == "primary") return model::HaView{"Primary", endpoint, self->address, true};
  return fail(
      ErrorKind::Retry, Reason::ApplianceBusy,
      "node " + self->address + " of the HA pair is " + (self->state.empty() ? "of unknown role" : self->state) +
          ", not Primary" +
          (doors_.size() < 2 ? "; give both nodes' addresses in spec.endpoints, or one that floats (SNIP)" : ""));
}

Result<model::HaView> NitroAppliance::find_primary() {
  std::optional<Error> error;
  const std::size_t first = door_;
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    auto view = look_at_role();
    if (view) return view;
    Error trouble = view.error();
    if (doors_.size() > 1) trouble.message = doors_[door_].endpoint + ": " + trouble.message;
    // The one that comes first in the closed list is the more telling one.
    if (error && trouble.reason < error->reason) std::swap(trouble, *error);
    if (error) {
      error->message += "; " + trouble.message;
    } else {
      error = std::move(trouble);
    }
    // A password that one node refuses is not tried on the other: accounts lock.
    const bool refused = view.error().reason == Reason::CredentialsRejected;
    door_ = (door_ + 1) % doors_.size();
    if (refused || stop_.stop_requested()) break;
  }
  door_ = first;
  return tl::unexpected(*error);
}

Result<void> NitroAppliance::confirm() {
  if (!ha_.pair) return {};
  auto now = look_at_role();
  if (!now) return tl::unexpected(now.error());
  if (now->node == ha_.node) return {};
  return fail(ErrorKind::Retry, Reason::ApplianceBusy,
              "a failover: node " + now->node + " is Primary in place of " + ha_.node);
}

void NitroAppliance::try_the_other_door() {
  if (ha_hidden_) door_ = (door_ + 1) % doors_.size();
}

Result<model::ApplianceState> NitroAppliance::observe(ports::Sight sight) {
  auto state = look(sight);
  if (!state) {
    const auto reason = state.error().reason;
    if (reason == Reason::ApplianceUnreachable || reason == Reason::ApplianceBusy) try_the_other_door();
  }
  return state;
}

Result<model::ApplianceState> NitroAppliance::look(ports::Sight sight) {
  model::ApplianceState state;
  auto ha = find_primary();
  if (!ha) return tl::unexpected(ha.error());
  ha_ = *ha;
  state.ha = std::move(*ha);
  const auto read = [&](const std::string& resource, const char* what, auto parse, auto& target) -> Result<void> {
    auto body = get(resource, what);
    if (!body) return tl::unexpected(body.error());
    auto parsed = parse(*body);
    if (!parsed) return tl::unexpected(parsed.error());
    target = std::move(*parsed);
    return {};
  };
  if (!version_) {
    // Only told to people: an account that may not see it can do everything else.
    std::string version;
    auto known = read("nsversion", "read the version", read_version, version);
    if (!known && known.error().reason != Reason::NotAuthorized) return tl::unexpected(known.error());
    version_ = version;
  }
  state.version = *version_;
  const auto certkeys = [this](const std::string& body) { return read_certkeys(body, folder_); };
  Result<void> done = read("nsconfig", "read the configuration's state", read_config_changed, state.config_changed);
  if (done) done = read("sslcertkey", "list certkeys", certkeys, state.certkeys);
  if (done) done = read("sslvserver", "list SSL virtual servers", read_virtual_servers, state.virtual_servers);
  if (done) done = observe_profiles(state);
  if (done) {
    std::vector<std::string> names;
    for (const auto& [name, server] : state.virtual_servers)
      names.push_back(name);
    done = observe_bindings(state, model::TargetKind::VirtualServer, names);
  }
  if (done) done = read("systemfile?args=filelocation:" + encode(folder_), "list files", read_files, state.files);
  if (done && sight.services) done = observe_services(state);
  if (done && sight.addresses) done = observe_addresses(state);
  if (!done) return tl::unexpected(done.error());
  return state;
}

// Where the default profile is on, the switches of virtual servers are their profile's.
Result<void> NitroAppliance::observe_profiles(model::ApplianceState& state) {
  const bool any = std::any_of(state.virtual_servers.begin(), state.virtual_servers.end(),
                               [](const auto& entry) { return !entry.second.profile.empty(); });
  if (!any) return {};
  auto body = get("sslprofile", "list SSL profiles");
  if (!body) {
    // Without the right to see them the virtual server's own word has to do.
    if (body.error().reason == Reason::NotAuthorized) return {};
    return tl::unexpected(body.error());
  }
  auto profiles = read_profiles(*body);
  if (!profiles) return tl::unexpected(profiles.error());
  for (auto& [name, server] : state.virtual_servers) {
    if (const auto found = profiles->find(server.profile); found != profiles->end()) {
      server.sni_enabled = found->second;
    }
  }
  return {};
}

Result<void> NitroAppliance::observe_bindings(model::ApplianceState& state, model::TargetKind kind,
                                              const std::vector<std::string>& owners) {
  const std::string resource = binding_words(kind).resource;
  const auto add = [&](const std::string& what) -> Result<void> {
    auto body = get(what, "list bindings");
    if (!body) return tl::unexpected(body.error());
    auto bindings = read_bindings(*body, kind);
    if (!bindings) return tl::unexpected(bindings.error());
    state.bindings.merge(*bindings);
    return {};
  };
  if (one_by_one_.count(kind) == 0) {
    auto all = add(resource + "?bulkbindings=yes");
    if (all || !not_supported(all.error().code)) return all;
    one_by_one_.insert(kind);
  }
  for (const auto& owner : owners) {
    if (auto done = add(resource + "/" + encode_name(owner)); !done) return done;
  }
  return {};
}

Result<void> NitroAppliance::observe_services(model::ApplianceState& state) {
  for (const auto kind : {model::TargetKind::Service, model::TargetKind::ServiceGroup}) {
    auto body = get(binding_words(kind).collection, "list SSL services");
    if (!body) {
      // That is the trouble of those who name services, and of nobody else.
      const bool hidden = body.error().reason == Reason::NotAuthorized || not_supported(body.error().code);
      if (!hidden) return tl::unexpected(body.error());
      state.services_hidden = true;
      continue;
    }
    auto services = read_services(*body, kind);
    if (!services) return tl::unexpected(services.error());
    std::vector<std::string> names;
    for (const auto& service : *services)
      names.push_back(service.name);
    state.services.merge(*services);
    if (auto done = observe_bindings(state, kind, names); !done) return done;
  }
  return {};
}

Result<void> NitroAppliance::observe_addresses(model::ApplianceState& state) {
  for (const char* kind : kVirtualServerKinds) {
    if (hidden_kinds_.count(kind) != 0) continue;
    auto body = get(kind, std::string("list ") + kind);
    if (!body) {
      // Only proof suffers when addresses are hidden or the feature is off, so the pass goes on.
      const bool hidden = body.error().reason == Reason::NotAuthorized || not_supported(body.error().code);
      if (!hidden) return tl::unexpected(body.error());
      hidden_kinds_.insert(kind);
      continue;
    }
    if (auto done = read_addresses(*body, kind, state.addresses); !done) return done;
  }
  return {};
}

Result<std::string> NitroAppliance::read_file(const std::string& name) {
  auto body = get("systemfile?args=filelocation:" + encode(folder_) + ",filename:" + encode(name), "read file " + name);
  if (!body) return body;
  return read_file_content(*body);
}

std::string NitroAppliance::where_used(const std::string& certkey) {
  auto body = get("sslcertkey_binding/" + encode_name(certkey), "read where " + certkey + " is used");
  std::string where = body ? read_where_used(*body) : "";
  // Not every build tells of VPN global there.
  if (where.find("vpnglobal") != std::string::npos) return where;
  auto global = get("vpnglobal_sslcertkey_binding", "read what VPN global uses");
  if (global && is_used_by_vpn_global(*global, certkey))
    where += (where.empty() ? "" : ", ") + std::string("vpnglobal");
  return where;
}

Result<Answer> NitroAppliance::write(http::Method method, const std::string& resource, const SecretBytes& body,
                                     const std::string& what) {
  auto wait = kFirstBusyWait;
  while (true) {
    auto answer = call({method, resource, body.clone(), what});
    if (!answer || !is_busy(answer->code)) return answer;
    const bool may_wait = busy_left_.with([wait](auto& left) {
      if (wait > left) return false;
      left -= wait;
      return true;
    });
    if (!may_wait || !sleeper_.sleep(wait, stop_)) return answer;
    wait = std::min(wait * 2, kLongestBusyWait);
  }
}

Result<ports::Performed> NitroAppliance::perform(const plan::Action& action, SecretBytes content) {
  const auto [verb, object] = plan::words(action);
  const std::string what = std::string(verb) + " " + object;
  const bool file_sync = std::holds_alternative<plan::SyncFiles>(action);
  ports::Performed performed;
  if (file_sync && no_file_sync_) return performed;
  const Write request = to_write(action, content, folder_);
  auto answer = write(request.method, request.resource, request.body, what);
  if (!answer) return tl::unexpected(answer.error());
  // A refusal may quote the command (2138), and with it a key or a passphrase.
  if (!content.empty()) leave_out_quotes(*answer);
  if (file_sync && !answer->ok() && to_error(*answer, what).reason == Reason::NotAuthorized) {
    // The appliance's own daemon brings the files over within a minute.
    no_file_sync_ = true;
    performed.warnings.push_back({answer->code, answer->message + "; left out from now on"});
    return performed;
  }
  if (is_of_secondary(*answer)) {
    try_the_other_door();
    return fail(ErrorKind::Retry, Reason::ApplianceBusy,
                what + ": the write met the secondary of the HA pair; looking for the primary", answer->code);
  }
  if (answer->warning) performed.warnings.push_back(*answer->warning);
  if (answer->ok() || done_already(action, answer->code)) return performed;
  constexpr int kFileExists = 1642;
  if (answer->code == kFileExists) {
    if (const auto* upload = std::get_if<plan::UploadCertificate>(&action)) {
      return settle_existing_file(upload->file, content.size(), what);
    }
    if (const auto* upload = std::get_if<plan::UploadKey>(&action)) {
      return settle_existing_file(upload->file, content.size(), what);
    }
  }
  return tl::unexpected(to_error(*answer, what, true));
}

// The name of a file says what is in it, so a file of the right size is the file.
Result<ports::Performed> NitroAppliance::settle_existing_file(const std::string& file, std::size_t bytes,
                                                              const std::string& what) {
  auto body = get("systemfile?args=filelocation:" + encode(folder_), what);
  if (!body) return tl::unexpected(body.error());
  auto files = read_files(*body);
  if (!files) return tl::unexpected(files.error());
  const auto found = files->find(file);
  if (found != files->end() && found->second == static_cast<std::int64_t>(bytes)) return ports::Performed{};
  return fail(ErrorKind::Unknown, Reason::NitroError, what + ": a file of that name exists with another size", 1642);
}

Result<void> NitroAppliance::save() {
  auto answer = write(http::Method::Post, "nsconfig?action=save", SecretBytes(std::string(R"({"nsconfig":{}})")),
                      "save the configuration");
  if (!answer) return tl::unexpected(answer.error());
  constexpr int kNothingToSave = 1133;
  constexpr int kSaved = 1130;
  if (is_of_secondary(*answer)) {
    try_the_other_door();
    return fail(ErrorKind::Retry, Reason::ApplianceBusy,
                "save the configuration: this is the secondary of the HA pair; looking for the primary", answer->code);
  }
  if (answer->ok() || answer->code == kNothingToSave || answer->code == kSaved) return {};
  return tl::unexpected(to_error(*answer, "save the configuration", true));
}

void NitroAppliance::logout() {
  if (std::exchange(left_, true)) return;
  for (const auto& door : doors_)
    door.session->leave(client_);
}

}  // namespace certsync::nitro
