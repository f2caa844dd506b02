#include "cli/rights.h"

#include <algorithm>

#include "model/naming.h"
#include "nitro/codes.h"
#include "nitro/wire.h"
#include "plan/step.h"

namespace certsync::cli {
namespace {

/// What nothing has: no certificate has this digest, nobody calls anything so.
constexpr char kNoDigest[] = "000000000000000000000000";
constexpr char kNoName[] = "certsync-check";

nitro::Call get(std::string resource) {
  nitro::Call call;
  call.resource = std::move(resource);
  call.what = "try " + call.resource.substr(0, call.resource.find_first_of("/?"));
  return call;
}

template <class... Calls>
Trial trial(Calls... calls) {
  Trial trial;
  (trial.calls.push_back(std::move(calls)), ...);
  return trial;
}

Trial gets(const std::vector<const char*>& resources) {
  Trial trial;
  for (const auto* resource : resources)
    trial.calls.push_back(get(resource));
  return trial;
}

/// The name of a target that the patterns let through; empty where each of them means one that may be there.
std::string invented_target(const Use& use, const std::set<std::string>& servers) {
  if (!use.targets) return kNoName;
  for (const auto& glob : *use.targets) {
    std::string name;
    for (const char c : glob)
      name += c == '*' ? kNoName : c == '?' ? "x" : std::string(1, c);
    if (name != glob && servers.count(name) == 0) return name;
  }
  return "";
}

class Trials {
 public:
  Trials(const Use& use, const std::set<std::string>& servers)
      : use_(use),
        target_(invented_target(use, servers)),
        folder_(nitro::ssl_folder(use.partition)),
        file_(model::file_name(
            {*use.owners.begin(), std::string(model::kSharedResource), kNoDigest, model::FileKind::Certificate})),
        certkey_(std::string(model::kIntermediatePrefix) + kNoDigest) {}

  Trial of(const std::string& name) const {
    if (name == "look.config") return gets({"nsconfig"});
    if (name == "look.version") return gets({"nsversion"});
    if (name == "look.role") return gets({"hanode"});
    if (name == "look.certkeys")
      return trial(get("sslcertkey?count=yes"), get("sslcertkey_binding/" + nitro::encode_name(certkey_)));
    if (name == "look.vservers")
      return gets({"sslvserver?count=yes", "sslvserver_sslcertkey_binding?bulkbindings=yes"});
    if (name == "look.profiles") return gets({"sslprofile?count=yes"});
    if (name == "look.vpn-global") return gets({"vpnglobal_sslcertkey_binding"});
    if (name == "look.services") return gets({"sslservice?count=yes", "sslservicegroup?count=yes"});
    if (name == "look.addresses")
      return gets(
          {"lbvserver?count=yes", "csvserver?count=yes", "vpnvserver?count=yes", "authenticationvserver?count=yes"});
    if (name == "files.list") return trial(get("systemfile?args=filelocation:" + nitro::encode(folder_)));
    if (name == "files.write") return trial(bad_upload(), write(plan::DeleteFile{file_}));
    if (name == "certkeys.load")
      return trial(write(plan::AddCertKey{certkey_, file_, ""}), write(plan::UpdateCertKey{certkey_, file_, ""}));
    if (name == "certkeys.change")
      return trial(write(plan::SetMonitor{certkey_}), write(plan::Link{certkey_, certkey_}),
                   write(plan::Unlink{certkey_}), write(plan::DeleteCertKey{certkey_}));
    if (name == "partition.switch") return gets({"nsconfig"});
    if (name == "check.sessions") return gets({"systemsession?count=yes"});
    if (name == "check.disk") {
      auto call = get("system");
      call.statistics = true;
      return trial(std::move(call));
    }
    if (name == "save") return {{}, "it would save"};
    if (name == "ha.files") return {{}, "it would copy files to the other node"};
    return of_binding(name);
  }

 private:
  Trial of_binding(const std::string& name) const {
    using model::TargetKind;
    // A real target and a certkey that is not there changes nothing either; a setting would.
    const bool sets = name == "bindings.sni";
    if (name == "bindings.sni-profile") return trial(write(plan::EnableSni{"", kNoName}));
    if (target_.empty() && sets) return {{}, "the grants name virtual servers that may be there: it would turn SNI on"};
    const std::string target = target_.empty() ? *use_.targets->begin() : target_;
    if (sets) return trial(write(plan::EnableSni{target, ""}));
    const bool services = name.ends_with("-services");
    const std::vector<TargetKind> kinds =
        services ? std::vector{TargetKind::Service, TargetKind::ServiceGroup} : std::vector{TargetKind::VirtualServer};
    Trial trial;
    for (const auto kind : kinds) {
      const model::Target at(kind, target);
      if (name.starts_with("bindings.bind")) trial.calls.push_back(write(plan::Bind{at, certkey_}));
      if (name.starts_with("bindings.unbind")) trial.calls.push_back(write(plan::Unbind{at, certkey_}));
    }
    if (trial.calls.empty()) trial.why_not = "no request is known for it";
    return trial;
  }

  nitro::Call write(const plan::Action& action) const {
    auto request = nitro::to_write(action, SecretBytes(), folder_);
    nitro::Call call;
    call.method = request.method;
    call.resource = std::move(request.resource);
    call.body = std::move(request.body);
    call.what = "try " + std::string(plan::words(action).verb);
    return call;
  }

  // An encoding that NITRO does not have (3444): nothing is stored.
  nitro::Call bad_upload() const {
    nitro::Call call;
    call.method = http::Method::Post;
    call.resource = "systemfile";
    call.body = SecretBytes(R"({"systemfile":{"filename":")" + file_ + R"(","filelocation":")" + folder_ +
                            R"(","filecontent":"none","fileencoding":"NONE"}})");
    call.what = "try upload";
    return call;
  }

  const Use& use_;
  std::string target_;
  std::string folder_;
  std::string file_;
  std::string certkey_;
};

}  // namespace

std::string_view to_text(Allowed allowed) {
  return allowed == Allowed::Yes ? "yes" : allowed == Allowed::No ? "no" : "not tried";
}

Trial trial_of(const Clause& clause, const Use& use, const std::set<std::string>& servers) {
  return Trials(use, servers).of(clause.name);
}

std::vector<Right> try_rights(const std::vector<Clause>& clauses, const Use& use, const std::set<std::string>& servers,
                              const std::function<Result<nitro::Answer>(nitro::Call)>& ask) {
  std::vector<Right> rights;
  std::string broken;
  for (const auto& clause : clauses) {
    auto& right = rights.emplace_back(Right{clause, Allowed::NotTried, ""});
    auto trial = trial_of(clause, use, servers);
    if (!trial.why_not.empty() || !broken.empty()) {
      right.message = broken.empty() ? trial.why_not : broken;
      continue;
    }
    right.allowed = Allowed::Yes;
    for (auto& call : trial.calls) {
      const auto what = call.what;
      const auto answer = ask(std::move(call));
      if (!answer || !answer->is_nitro) {
        right.allowed = Allowed::NotTried;
        right.message = answer ? to_error(*answer, what).message : answer.error().message;
        broken = "not reached: " + right.message;
        break;
      }
      if (answer->ok() || nitro::to_error(*answer, what).reason != Reason::NotAuthorized) continue;
      right.allowed = Allowed::No;
      right.message = answer->message;
      break;
    }
  }
  return rights;
}

}  // namespace certsync::cli
