#include "cli/check.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "base/encoding.h"
#include "base/parallel.h"
#include "base/time_text.h"
#include "model/place.h"
#include "nitro/codes.h"
#include "nitro/system_facts.h"
#include "nitro/wire.h"

namespace certsync::cli {
namespace {

constexpr int kUsualSessions = 20;
constexpr int kManySessions = 15;
constexpr int kFullPercent = 90;
constexpr std::chrono::seconds kSkew{60};
constexpr std::chrono::hours kSoon{24 * 14};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string advice_for(const Error& error) {
  switch (error.reason) {
    case Reason::CredentialsRejected:
      return "mend user name and password; it was tried once only, since accounts lock";
    case Reason::SessionLimit:
      return "end sessions of this account on the appliance, or raise its limit";
    case Reason::ApplianceUntrusted:
      return "give the CA in spec.tls.caBundle or the name in spec.tls.serverName, or pin the fingerprint that is "
             "shown "
             "above once it is compared with the appliance's own";
    case Reason::NotAuthorized:
      return "give the account the command policies that certsync policy prints";
    case Reason::ApplianceUnreachable:
      return "see whether management access is on for this address, and what lies between";
    default:
      return "";
  }
}

/// One endpoint, from its name to its disk.
class EndpointCheck {
 public:
  EndpointCheck(const model::Appliance& appliance, const std::string& endpoint, const CheckMeans& means,
                const CheckOptions& options, std::stop_token stop)
      : appliance_(appliance),
        means_(means),
        options_(options),
        stop_(std::move(stop)),
        client_(nitro::NitroFactory::client_of(appliance)),
        session_(means.factory.session_of(appliance, endpoint)) {
    report_.endpoint = endpoint;
    session_->join();
  }
  ~EndpointCheck() { session_->leave(client_); }
  EndpointCheck(const EndpointCheck&) = delete;
  EndpointCheck& operator=(const EndpointCheck&) = delete;

  /// False: nothing more can be asked.
  bool run() {
    if (!reach()) return false;
    show_certificate();
    if (!log_in()) return false;
    role();
    version();
    clock();
    sessions();
    disk();
    return true;
  }
  Result<nitro::Answer> ask(nitro::Call call) { return session_->call(client_, std::move(call), stop_); }
  EndpointReport& report() { return report_; }

 private:
  void say(const char* check, Verdict verdict, std::string message, std::string advice = {}) {
    report_.findings.push_back({check, verdict, std::move(message), std::move(advice)});
  }

  /// The body of a successful answer.
  Result<std::string> get(const char* resource, const char* what, bool statistics = false) {
    nitro::Call call;
    call.resource = resource;
    call.what = what;
    call.statistics = statistics;
    auto answer = ask(std::move(call));
    if (!answer) return tl::unexpected(answer.error());
    if (!answer->ok()) return tl::unexpected(nitro::to_error(*answer, what));
    return std::move(answer->body);
  }

  bool reach() {
    const auto place = model::box_of(report_.endpoint);
    const auto reached = means_.reach(place, stop_);
    if (reached.addresses.empty()) {
      say("name", Verdict::Failed, reached.failure, "mend spec.endpoints, or the DNS that this machine asks");
      return false;
    }
    say("name", Verdict::Ok, joined(reached.addresses));
    if (reached.connected.empty()) {
      say("connection", Verdict::Failed, reached.failure,
          "see whether a firewall lies between, and whether the address has management access");
      return false;
    }
    say("connection", Verdict::Ok, reached.connected + " answers");
    return true;
  }

  // Shown before it is judged, so that it can be pinned.
  void show_certificate() {
    ports::ProbeTarget target{model::box_of(report_.endpoint), appliance_.spec.tls.server_name, model::KeyType::Rsa,
                              options_.timeout};
    auto shown = means_.prober.probe(target, stop_);
    if (!shown.reached) {
      target.key_type = model::KeyType::Ecdsa;
      shown = means_.prober.probe(target, stop_);
    }
    if (!shown.reached || shown.chain_sha256.empty()) return say("tls", Verdict::Failed, shown.failure);
    std::string text = "fingerprint sha256:" + shown.chain_sha256.front();
    if (shown.leaf != nullptr)
      text = shown.leaf->subject + (shown.leaf->self_signed ? ", self-signed" : ", issued by " + shown.leaf->issuer) +
             ", until " + to_rfc3339(shown.leaf_not_after).substr(0, 10) + ", " + text;
    const bool pinned = !appliance_.spec.tls.fingerprints.empty();
    const bool ends = !pinned && shown.leaf_not_after < means_.clock.now() + kSoon;
    say("tls", ends ? Verdict::Warning : Verdict::Ok, text,
        ends ? "renew the management certificate: it ends soon, and then nobody logs in" : "");
    pin_ = "fingerprints: [\"sha256:" + shown.chain_sha256.front() + "\"]";
  }

  bool log_in() {
    nitro::Call call;
    call.resource = "nsconfig";
    call.what = "read the configuration's state";
    auto answer = ask(std::move(call));
    const auto& tls = appliance_.spec.tls;
    const bool untrusted = !answer && answer.error().reason == Reason::ApplianceUntrusted;
    if (untrusted) {
      say("trust", Verdict::Failed, answer.error().message,
          advice_for(answer.error()) + (pin_.empty() ? "" : ": spec.tls " + pin_));
      return false;
    }
    if (tls.insecure_skip_verify) {
      say("trust", Verdict::Warning, "nothing is checked (insecureSkipVerify): whoever sits between gets the password",
          pin_.empty() ? "" : "compare the fingerprint with the appliance's own, then pin it: spec.tls " + pin_);
    } else {
      say("trust", Verdict::Ok, tls.fingerprints.empty() ? "chain and name fit" : "the fingerprint is pinned");
    }
    if (!answer) {
      say("login", Verdict::Failed, answer.error().message, advice_for(answer.error()));
      return false;
    }
    say("login", Verdict::Ok, client_.partition.empty() ? "logged in" : "logged in, in partition " + client_.partition);
    if (answer->ok()) config_ = std::move(answer->body);
    return true;
  }

  void role() {
    auto body = get("hanode", "read the HA role");
    const auto nodes =
        body ? nitro::read_nodes(*body) : Result<std::vector<nitro::HaNode>>(tl::unexpected(body.error()));
    report_.primary = true;
    if (!nodes)
      return say("role", Verdict::Warning, nodes.error().message,
                 appliance_.spec.endpoints.size() > 1 ? "a pair's primary is found by it: allow show HA node" : "");
    const auto self = std::find_if(nodes->begin(), nodes->end(), [](const auto& node) { return node.id == "0"; });
    if (self == nodes->end() || nodes->size() < 2) return say("role", Verdict::Ok, "standalone");
    report_.primary = to_lower(self->state) == "primary";
    const bool alone = appliance_.spec.endpoints.size() < 2 && !report_.primary;
    say("role", alone ? Verdict::Failed : Verdict::Ok, "node " + self->address + " is " + self->state,
        alone ? "give both nodes' addresses in spec.endpoints, or one that floats" : "");
  }

  void version() {
    auto body = get("nsversion", "read the version");
    const auto version = body ? nitro::read_version(*body) : body;
    nitro::Call call;
    call.resource = "sslvserver_sslcertkey_binding?bulkbindings=yes";
    call.what = "list bindings";
    const auto bulk = ask(std::move(call));
    const std::string offers =
        bulk && bulk->ok() ? "lists all bindings at once" : "lists bindings one virtual server after the other";
    say("version", version ? Verdict::Ok : Verdict::Warning,
        (version ? *version : version.error().message) + "; " + offers);
  }

  void clock() {
    const auto theirs = nitro::read_system_time(config_);
    if (!theirs || !*theirs) return say("clock", Verdict::NotTried, "the appliance does not tell its time");
    const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(**theirs - means_.clock.now());
    const auto off = std::chrono::seconds(std::abs(ahead.count()));
    if (off < kSkew) return say("clock", Verdict::Ok, "as here");
    say("clock", Verdict::Warning,
        to_duration_text(off) + (ahead.count() > 0 ? " ahead of this machine's" : " behind this machine's"),
        "set NTP up: dates of certificates are judged by both clocks");
  }

  void sessions() {
    auto body = get("systemsession", "list sessions");
    const auto count = body ? nitro::read_sessions(*body) : Result<nitro::SessionCount>(tl::unexpected(body.error()));
    if (!count) return say("sessions", Verdict::NotTried, count.error().message);
    const bool many = count->open > kManySessions;
    say("sessions", many ? Verdict::Warning : Verdict::Ok,
        std::to_string(count->open) + " open" + (count->username.empty() ? "" : " as " + count->username) + "; " +
            std::to_string(kUsualSessions) + " is the usual limit",
        many ? "end those that nobody uses: show system session, kill system session" : "");
  }

  void disk() {
    auto body = get("system", "read how full the disk is", true);
    const auto use = body ? nitro::read_disk(*body) : Result<nitro::DiskUse>(tl::unexpected(body.error()));
    if (!use) return say("disk", Verdict::NotTried, use.error().message);
    if (!use->percent) return say("disk", Verdict::NotTried, "the appliance does not tell");
    const bool full = *use->percent >= kFullPercent;
    say("disk", full ? Verdict::Warning : Verdict::Ok,
        "/flash is " + std::to_string(*use->percent) + " % full" +
            (use->megabytes_left ? ", " + std::to_string(*use->megabytes_left) + " MB are left" : ""),
        full ? "make room: certificates lie in /flash/nsconfig/ssl" : "");
  }

  const model::Appliance& appliance_;
  const CheckMeans& means_;
  const CheckOptions& options_;
  std::stop_token stop_;
  nitro::Client client_;
  std::shared_ptr<nitro::Session> session_;
  EndpointReport report_;
  std::string config_;
  /// The line that pins what was shown.
  std::string pin_;
};

std::set<std::string> names_of(const model::ApplianceState& state) {
  std::set<std::string> names;
  for (const auto& [name, server] : state.virtual_servers)
    names.insert(name);
  return names;
}

// What each pass does first.
std::set<std::string> look(ApplianceReport& report, const CheckRequest& request, const CheckMeans& means,
                           std::stop_token stop) {
  const auto box = means.factory.make(*request.appliance);
  box->begin_pass(std::move(stop));
  const auto state = box->observe({false, request.use.has(Feature::Services)});
  box->logout();
  if (!state) {
    report.findings.push_back({"look", Verdict::Failed, state.error().message, advice_for(state.error())});
    return {};
  }
  report.findings.push_back({"look", Verdict::Ok,
                             counted(state->certkeys.size(), "certkey") + ", " +
                                 counted(state->virtual_servers.size(), "SSL virtual server") +
                                 (state->config_changed ? "; unsaved changes" : "")});
  return names_of(*state);
}

void judge_rights(ApplianceReport& report) {
  const auto missing = [](bool optional) {
    return [optional](const Right& right) { return right.allowed == Allowed::No && right.clause.optional == optional; };
  };
  const auto needed = std::count_if(report.rights.begin(), report.rights.end(), missing(false));
  const auto wished = std::count_if(report.rights.begin(), report.rights.end(), missing(true));
  const auto unknown = std::count_if(report.rights.begin(), report.rights.end(),
                                     [](const Right& right) { return right.allowed == Allowed::NotTried; });
  std::string text = needed == 0 ? "all that is needed" : std::to_string(needed) + " missing";
  if (wished != 0) text += ", " + std::to_string(wished) + " more would help";
  if (unknown != 0) text += ", " + std::to_string(unknown) + " not tried";
  report.findings.push_back(
      {"rights",
       needed != 0   ? Verdict::Failed
       : wished != 0 ? Verdict::Warning
                     : Verdict::Ok,
       text,
       needed != 0 ? "give the account the command policies that certsync policy --appliance " + report.name + " prints"
                   : ""});
}

ApplianceReport check_one(const CheckRequest& request, const CheckMeans& means, const CheckOptions& options,
                          std::stop_token stop) {
  const auto& appliance = *request.appliance;
  ApplianceReport report;
  report.name = appliance.meta.ref.name;
  for (const auto& problem : appliance.problems)
    report.findings.push_back({"spec", Verdict::Failed, problem});
  std::vector<std::unique_ptr<EndpointCheck>> checks;
  EndpointCheck* primary = nullptr;
  bool entered = false;
  for (const auto& endpoint : appliance.spec.endpoints) {
    auto& one = *checks.emplace_back(std::make_unique<EndpointCheck>(appliance, endpoint, means, options, stop));
    const bool well = one.run();
    entered = entered || well;
    if (well && one.report().primary && primary == nullptr) primary = &one;
  }
  if (entered && primary == nullptr)
    report.findings.push_back(
        {"role", Verdict::Failed, "none of the endpoints is the primary", "see show HA node on both nodes"});
  if (primary != nullptr) {
    const auto servers = look(report, request, means, stop);
    if (options.rights) {
      report.rights = try_rights(clauses(request.use), request.use, servers,
                                 [&](nitro::Call call) { return primary->ask(std::move(call)); });
      judge_rights(report);
    }
  }
  for (const auto& one : checks)
    report.endpoints.push_back(one->report());
  return report;
}

bool any_failed(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.verdict == Verdict::Failed; });
}

}  // namespace

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok:
      return "ok";
    case Verdict::Warning:
      return "warning";
    case Verdict::Failed:
      return "failed";
    case Verdict::NotTried:
      break;
  }
  return "not tried";
}

bool ApplianceReport::failed() const {
  return any_failed(findings) || std::any_of(endpoints.begin(), endpoints.end(),
                                             [](const auto& endpoint) { return any_failed(endpoint.findings); });
}

std::vector<ApplianceReport> check(const std::vector<CheckRequest>& requests, const CheckMeans& means,
                                   const CheckOptions& options, std::stop_token stop) {
  std::vector<ApplianceReport> reports(requests.size());
  std::atomic<std::size_t> done{0};
  in_parallel(requests.size(), static_cast<std::size_t>(options.workers), [&](std::size_t i) {
    reports[i] = check_one(requests[i], means, options, stop);
    const auto count = ++done;
    if (means.progress) means.progress(count);
  });
  return reports;
}

}  // namespace certsync::cli
