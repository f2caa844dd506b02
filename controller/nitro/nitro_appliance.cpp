#include "nitro/nitro_appliance.h"

#include <algorithm>
#include <array>

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

bool not_supported(int code) {
  static constexpr std::array kCodes = {257, 356, 1067, 1090, 1092, 1095, 1232, 1240};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

}  // namespace

NitroAppliance::NitroAppliance(std::shared_ptr<Session> session, const Clock& clock, Sleeper& sleeper)
    : session_(std::move(session)), clock_(clock), sleeper_(sleeper) {}

void NitroAppliance::begin_pass(std::stop_token stop) {
  stop_ = std::move(stop);
  busy_left_ = kBusyPatience;
  session_->begin_pass();
}

Result<std::string> NitroAppliance::get(const std::string& resource, const std::string& what) {
  auto answer = session_->call({http::Method::Get, resource, {}, what}, stop_);
  if (!answer) return tl::unexpected(answer.error());
  if (!answer->ok()) return tl::unexpected(to_error(*answer, what));
  return std::move(answer->body);
}

Result<model::ApplianceState> NitroAppliance::observe(bool with_addresses) {
  model::ApplianceState state;
  const auto read = [&](const char* resource, const char* what, auto parse, auto& target) -> Result<void> {
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
  Result<void> done = read("nsconfig", "read the configuration's state", read_config_changed, state.config_changed);
  if (done) done = read("sslcertkey", "list certkeys", read_certkeys, state.certkeys);
  if (done) done = read("sslvserver", "list SSL virtual servers", read_virtual_servers, state.virtual_servers);
  if (done) done = observe_bindings(state);
  if (done) done = read("systemfile?args=filelocation:%2Fnsconfig%2Fssl", "list files", read_files, state.files);
  if (done && with_addresses) done = observe_addresses(state);
  if (!done) return tl::unexpected(done.error());
  return state;
}

Result<void> NitroAppliance::observe_bindings(model::ApplianceState& state) {
  const auto add = [&](const std::string& resource) -> Result<void> {
    auto body = get(resource, "list bindings");
    if (!body) return tl::unexpected(body.error());
    auto bindings = read_bindings(*body);
    if (!bindings) return tl::unexpected(bindings.error());
    state.bindings.merge(*bindings);
    return {};
  };
  if (bulk_bindings_) {
    auto all = add("sslvserver_sslcertkey_binding?bulkbindings=yes");
    if (all || !not_supported(all.error().code)) return all;
    bulk_bindings_ = false;
  }
  for (const auto& [name, server] : state.virtual_servers) {
    if (auto done = add("sslvserver_sslcertkey_binding/" + encode_name(name)); !done) return done;
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
  auto body = get("systemfile?args=filelocation:" + encode(model::kSslFolder) + ",filename:" + encode(name),
                  "read file " + name);
  if (!body) return body;
  return read_file_content(*body);
}

std::string NitroAppliance::where_used(const std::string& certkey) {
  auto body = get("sslcertkey_binding/" + encode_name(certkey), "read where " + certkey + " is used");
  return body ? read_where_used(*body) : "";
}

Result<Answer> NitroAppliance::write(http::Method method, const std::string& resource, const SecretBytes& body,
                                     const std::string& what) {
  auto wait = kFirstBusyWait;
  while (true) {
    auto answer = session_->call({method, resource, body.clone(), what}, stop_);
    if (!answer || !is_busy(answer->code)) return answer;
    if (wait > busy_left_ || !sleeper_.sleep(wait, stop_)) return answer;
    busy_left_ -= wait;
    wait = std::min(wait * 2, kLongestBusyWait);
  }
}

Result<ports::Performed> NitroAppliance::perform(const plan::Action& action, SecretBytes content) {
  const auto [verb, object] = plan::words(action);
  const std::string what = std::string(verb) + " " + object;
  const Write request = to_write(action, content);
  auto answer = write(request.method, request.resource, request.body, what);
  if (!answer) return tl::unexpected(answer.error());
  ports::Performed performed;
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
  auto body = get("systemfile?args=filelocation:" + encode(model::kSslFolder), what);
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
  if (answer->ok() || answer->code == kNothingToSave || answer->code == kSaved) return {};
  return tl::unexpected(to_error(*answer, "save the configuration", true));
}

void NitroAppliance::logout() {
  session_->logout();
}

}  // namespace certsync::nitro
