#include "wire/desk.h"

namespace wire {
namespace {

class Threads : public testing::Environment {
 public:
  void SetUp() override { http::initialize_threads(1); }
};

const auto* const kThreads = testing::AddGlobalTestEnvironment(new Threads);

std::string text_of(const certsync::Error& error) {
  return std::string(to_text(error.kind)) + "/" + std::string(to_text(error.reason)) +
         (error.code == 0 ? "" : " " + std::to_string(error.code));
}

}  // namespace

Desk::Desk() : user_(box_.options().user), password_(box_.options().password) {
  connect();
}

sim::Options Desk::with_vservers() {
  sim::Options options;
  options.vservers = {{"vs", "lb"}, {"vs_sni", "lb", true}, {"vs 2.b", "cs"}, {"vpn", "vpn"}};
  return options;
}

void Desk::connect(const std::string& fingerprint, const std::string& url) {
  http::TransportOptions options;
  options.base_url = url.empty() ? box_.url() : url;
  options.trust.fingerprints = {fingerprint.empty() ? box_.fingerprint() : fingerprint};
  auto credentials = [this]() -> certsync::Result<nitro::Credentials> {
    return nitro::Credentials{user_, SecretBytes(std::string(password_)), version_};
  };
  auto session =
      std::make_shared<nitro::Session>(nitro::SessionOptions{nullptr}, http::make_cpprest_transport(std::move(options)),
                                       std::move(credentials), clock_, log_, recorder_);
  appliance_ = std::make_unique<nitro::NitroAppliance>(nitro::Client{"edge", "", 4, std::chrono::seconds(20)},
                                                       std::vector<nitro::Door>{{box_.url(), std::move(session)}},
                                                       clock_, sleeper_);
  appliance_->begin_pass({});
}

void Desk::log_in_as(const std::string& user, const std::string& password, const std::string& version) {
  user_ = user;
  password_ = password;
  version_ = version;
}

std::string Desk::perform(const plan::Action& action, const std::string& content) {
  const auto performed = appliance_->perform(action, SecretBytes(std::string(content)));
  if (!performed) return text_of(performed.error());
  std::string text = "done";
  for (const auto& warning : performed->warnings)
    text += ", warning " + std::to_string(warning.code);
  return text;
}

std::string Desk::save() {
  const auto saved = appliance_->save();
  return saved ? "done" : text_of(saved.error());
}

std::string Desk::observe() {
  const auto seen = appliance_->observe({});
  return seen ? "seen" : text_of(seen.error());
}

support::Issued Desk::upload_pair(const std::string& name, const std::string& common_name) {
  support::CertificateOptions options;
  options.common_name = common_name;
  options.dns_names = {common_name};
  auto pair = ca_.issue(options);
  box_.put_file(name + ".pem", pair.certificate_pem);
  box_.put_file(name + ".key", pair.key_pem);
  return pair;
}

std::string Desk::arrived() {
  constexpr std::string_view kBase = "/nitro/v1/config/";
  std::string text;
  for (const auto& entry : box_.log().entries()) {
    const auto start = entry.target.find(kBase);
    text += entry.method + " " +
            (start == std::string::npos ? entry.target : entry.target.substr(start + kBase.size())) + " " +
            std::to_string(entry.status) + "\n";
  }
  box_.log().clear();
  return text;
}

bool Desk::state_has(const std::string& line) const {
  return ("\n" + state()).find("\n" + line) != std::string::npos;
}

}  // namespace wire

#if defined(__SANITIZE_THREAD__)
/// The installed libcpprest is not instrumented, so ThreadSanitizer does not see the reference counts by which its
/// threads hand the memory of a request's context to each other.
extern "C" const char* __tsan_default_suppressions() {
  return "race:web::http::client::details::asio_context\n";
}
#endif
