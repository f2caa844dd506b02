#include "kube/exec_plugin.h"

#include <algorithm>
#include <system_error>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/time_text.h"
#include "kube/header_text.h"
#include "pki/tls_material.h"

namespace certsync::kube {
namespace {

using nlohmann::json;
using End = ProcessResult::End;

constexpr std::size_t kMostComplaintShown = 200;
constexpr int kDeepestAnswer = 16;

/// "exec plugin 'aws': " begins every message.
class Messages {
 public:
  explicit Messages(const ExecPlugin& plugin) : begin_("exec plugin '" + plugin.command + "': ") {}
  tl::unexpected<Error> stalled(const std::string& what) const {
    return fail(ErrorKind::Stalled, Reason::CredentialsRejected, begin_ + what);
  }
  tl::unexpected<Error> retry(const std::string& what) const {
    return fail(ErrorKind::Retry, Reason::CredentialsRejected, begin_ + what);
  }

 private:
  std::string begin_;
};

std::string exec_info(const ExecPlugin& plugin, const ClusterAccess& access, const std::string& ca_bundle) {
  json spec = {{"interactive", false}};
  if (plugin.provide_cluster_info) {
    json cluster = {{"server", access.server}};
    if (!access.tls_server_name.empty()) cluster["tls-server-name"] = access.tls_server_name;
    if (access.insecure_skip_tls_verify) cluster["insecure-skip-tls-verify"] = true;
    if (!ca_bundle.empty()) cluster["certificate-authority-data"] = to_base64(ca_bundle);
    if (!access.proxy_url.empty()) cluster["proxy-url"] = access.proxy_url;
    spec["cluster"] = std::move(cluster);
  }
  const json info = {{"apiVersion", plugin.api_version}, {"kind", "ExecCredential"}, {"spec", std::move(spec)}};
  return info.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// One line of what people can read.
std::string shown(const std::string& complaint) {
  auto line = valid_utf8(complaint);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return std::string(cut_utf8(trim(line), kMostComplaintShown));
}

/// An end that gives no credential.
tl::unexpected<Error> no_answer(const ExecPlugin& plugin, const Messages& say, const ProcessResult& result) {
  const auto complaint = shown(result.complaint);
  const auto with_complaint = [&](std::string what) { return complaint.empty() ? what : what + ": " + complaint; };
  switch (result.end) {
    case End::NotFound:
      return say.stalled("the command is not there" +
                         (plugin.install_hint.empty() ? "" : "; " + shown(plugin.install_hint)));
    case End::NotStarted:
      return say.stalled("cannot be started: " + std::generic_category().message(result.code));
    case End::TimedOut:
      return say.stalled(with_complaint("did not end in time and was killed"));
    case End::TooLong:
      return say.stalled("wrote more than an answer can be and was killed");
    case End::Stopped:
      return say.retry("was stopped");
    case End::Exited:
      break;
  }
  return say.stalled(with_complaint("exit code " + std::to_string(result.code)));
}

bool is_text(const json& answer, const char* name, std::string_view wanted) {
  const auto found = answer.find(name);
  return found != answer.end() && found->is_string() && found->get_ref<const std::string&>() == wanted;
}

/// Out of the document, so that no copy of a secret stays in it. Empty when it is not there; nothing when it is no
/// text.
std::optional<SecretBytes> take(json& status, const char* name) {
  const auto found = status.find(name);
  if (found == status.end() || found->is_null()) return SecretBytes();
  if (!found->is_string()) return std::nullopt;
  return SecretBytes(std::move(found->get_ref<std::string&>()));
}

Result<std::shared_ptr<const http::ClientIdentity>> read_identity(const Messages& say, const SecretBytes& certificates,
                                                                  SecretBytes key) {
  if (certificates.empty() && key.empty()) return nullptr;
  if (certificates.empty() || key.empty()) {
    return say.stalled("gave only one of clientCertificateData and clientKeyData");
  }
  const auto problem = pki::identity_problem(certificates.reveal(), key);
  if (!problem.empty()) return say.stalled(problem);
  return std::make_shared<const http::ClientIdentity>(
      http::ClientIdentity{std::string(certificates.reveal()), std::move(key)});
}

Result<ExecCredential> read_answer(const ExecPlugin& plugin, const Messages& say, std::string_view output) {
  const auto not_too_deep = [](int depth, json::parse_event_t, json&) { return depth <= kDeepestAnswer; };
  json answer = json::parse(output, not_too_deep, false);
  if (!answer.is_object()) return say.stalled("its answer is not JSON");
  auto& status = answer["status"];
  const auto expected = "an ExecCredential of " + plugin.api_version + " with a status";
  if (!status.is_object()) return say.stalled("its answer is not " + expected);
  auto token = take(status, "token");
  auto certificates = take(status, "clientCertificateData");
  auto key = take(status, "clientKeyData");
  const auto expires = take(status, "expirationTimestamp");
  if (!is_text(answer, "apiVersion", plugin.api_version) || !is_text(answer, "kind", "ExecCredential")) {
    return say.stalled("its answer is not " + expected);
  }
  if (!token || !certificates || !key || !expires) return say.stalled("a member of its answer's status is not text");
  if (!fits_header(token->reveal())) return say.stalled("gave a token with a line break in it");

  ExecCredential credential;
  credential.token = std::move(*token);
  if (!expires->empty()) {
    credential.expires = from_rfc3339(expires->reveal());
    if (!credential.expires) return say.stalled("gave an expirationTimestamp that is not a time of RFC 3339");
  }
  auto identity = read_identity(say, *certificates, std::move(*key));
  if (!identity) return tl::unexpected(std::move(identity.error()));
  credential.identity = std::move(*identity);
  if (credential.token.empty() && !credential.identity) {
    return say.stalled("gave neither a token nor a client certificate");
  }
  return credential;
}

}  // namespace

Result<ExecCredential> run_exec_plugin(ProcessRunner& runner, const ClusterAccess& access, const std::string& ca_bundle,
                                       std::stop_token stop) {
  const ExecPlugin& plugin = *access.exec;
  ProcessRequest request;
  request.command = plugin.command;
  request.args = plugin.args;
  request.environment = plugin.env;
  request.environment.emplace_back("KUBERNETES_EXEC_INFO", exec_info(plugin, access, ca_bundle));

  const auto result = runner.run(request, std::move(stop));
  const Messages say(plugin);
  if (result.end != End::Exited || result.code != 0) return no_answer(plugin, say, result);
  return read_answer(plugin, say, result.output.reveal());
}

}  // namespace certsync::kube
