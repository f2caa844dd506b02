#include "engine/perform.h"

#include <mutex>
#include <set>

#include "base/parallel.h"

namespace certsync::engine {
namespace {

// Which groups a certkey's links lead through: leaf → intermediates, however long the chain.
std::map<std::string, std::set<std::string>> dependencies(const std::vector<plan::Step>& steps) {
  std::map<std::string, std::string> links;
  for (const auto& step : steps) {
    if (const auto* link = std::get_if<plan::Link>(&step.action)) links[link->certkey] = link->issuer;
  }
  std::map<std::string, std::set<std::string>> needs;
  for (const auto& [certkey, issuer] : links) {
    auto next = links.find(certkey);
    while (next != links.end() && needs[certkey].insert(next->second).second)
      next = links.find(next->second);
  }
  return needs;
}

bool sends_content(const plan::Action& action) {
  return std::holds_alternative<plan::UploadKey>(action) || std::holds_alternative<plan::UploadCertificate>(action) ||
         std::holds_alternative<plan::AddCertKey>(action) || std::holds_alternative<plan::UpdateCertKey>(action);
}

// From somebody; an intermediate that all share is only taken while nobody uses it, which the appliance sees to.
bool takes_away(const plan::Step& step) {
  const auto& action = step.action;
  return !step.sync.name.empty() &&
         (std::holds_alternative<plan::Unbind>(action) || std::holds_alternative<plan::Unlink>(action) ||
          std::holds_alternative<plan::DeleteCertKey>(action));
}

/// The file that an upload brings; empty for any other step.
std::string uploaded_file(const plan::Action& action) {
  if (const auto* upload = std::get_if<plan::UploadCertificate>(&action)) return upload->file;
  if (const auto* upload = std::get_if<plan::UploadKey>(&action)) return upload->file;
  return {};
}

/// Where the steps end that may be done at the same time as that of `begin`: uploads of different files, or deletions.
std::size_t end_of_batch(const std::vector<plan::Step>& steps, std::size_t begin) {
  const auto deletes = [&](std::size_t i) { return std::holds_alternative<plan::DeleteFile>(steps[i].action); };
  std::size_t end = begin + 1;
  if (deletes(begin)) {
    while (end < steps.size() && deletes(end))
      ++end;
    return end;
  }
  std::set<std::string> files = {uploaded_file(steps[begin].action)};
  if (files.count("") != 0) return end;
  // An empty one is no upload.
  files.insert("");
  while (end < steps.size() && files.insert(uploaded_file(steps[end].action)).second)
    ++end;
  return end;
}

class Run {
 public:
  Run(const Performer& performer, const std::vector<plan::Step>& steps)
      : performer_(performer), steps_(steps), needs_(dependencies(steps)) {}

  PerformReport run() {
    for (std::size_t begin = 0; begin < steps_.size() && !is_over();) {
      const auto end = end_of_batch(steps_, begin);
      in_parallel(end - begin, static_cast<std::size_t>(performer_.files_at_once), [&](std::size_t i) {
        if (may_begin(steps_[begin + i])) one(steps_[begin + i]);
      });
      begin = end;
    }
    return std::move(report_);
  }

 private:
  bool is_over() const { return report_.aborted || report_.look_again; }

  bool may_begin(const plan::Step& step) {
    std::lock_guard lock(mutex_);
    if (is_over()) return false;
    if (!performer_.may_write()) {
      report_.aborted = Error{ErrorKind::Retry, Reason::ApplianceBusy,
                              "stopping, or not the leader any more; the rest is done by the next pass"};
      return false;
    }
    return !left_out(step);
  }

  bool left_out(const plan::Step& step) {
    if (report_.failed.count(step.group) != 0) return true;
    const auto needs = needs_.find(step.group);
    if (needs == needs_.end()) return false;
    for (const auto& group : needs->second) {
      const auto failed = report_.failed.find(group);
      if (failed == report_.failed.end()) continue;
      report_.failed.emplace(step.group, failed->second);
      return true;
    }
    return false;
  }

  void one(plan::Step step) {
    if (takes_away(step)) {
      if (auto confirmed = performer_.last_look(step.sync); !confirmed) {
        report_.failed.emplace(step.group, confirmed.error());
        return;
      }
    }
    SecretBytes content;
    if (sends_content(step.action)) {
      auto bytes = performer_.content(step);
      if (!bytes) {
        std::lock_guard lock(mutex_);
        report_.failed.emplace(step.group, bytes.error());
        return;
      }
      content = std::move(*bytes);
    }
    auto performed = attempt(step, std::move(content));
    // Without its files the commands that follow fail on the other node, so one mishap is not the last word.
    const bool sync = std::holds_alternative<plan::SyncFiles>(step.action);
    if (sync && !performed && performed.error().kind != ErrorKind::Stalled && !is_appliance_wide(performed.error()))
      performed = attempt(step, {});
    std::lock_guard lock(mutex_);
    if (performed) {
      report_.done.push_back(step);
      report_.warnings.insert(report_.warnings.end(), performed->warnings.begin(), performed->warnings.end());
      return;
    }
    judge(step, performed.error());
  }

  Result<ports::Performed> attempt(const plan::Step& step, SecretBytes content) {
    const auto started = performer_.clock.steady();
    auto performed = performer_.appliance.perform(step.action, std::move(content));
    const auto took = performer_.clock.steady() - started;
    std::lock_guard lock(mutex_);
    ++report_.writes;
    const bool maybe_done = performed || performed.error().kind == ErrorKind::Unknown;
    if (maybe_done && plan::changes_configuration(step.action)) performer_.changed();
    audit(step, performed, took);
    return performed;
  }

  void judge(const plan::Step& step, Error error) {
    if (error.reason == Reason::CertKeyInUse) {
      // A shared intermediate that others still link to: fine, it stays.
      if (std::holds_alternative<plan::DeleteCertKey>(step.action) && step.sync.name.empty()) return;
      const auto* gone = std::get_if<plan::DeleteCertKey>(&step.action);
      const auto where = performer_.appliance.where_used(gone == nullptr ? step.group : gone->certkey);
      if (!where.empty()) {
        error.message += " (used by " + where + ")";
      }
    }
    // The appliance's own daemon brings the files over within a minute.
    if (std::holds_alternative<plan::SyncFiles>(step.action) && !is_appliance_wide(error)) return;
    if (error.kind == ErrorKind::Unknown) report_.look_again = true;
    if (is_appliance_wide(error) && error.kind != ErrorKind::Unknown) {
      report_.aborted = std::move(error);
      return;
    }
    report_.failed.emplace(step.group, std::move(error));
  }

  void audit(const plan::Step& step, const Result<ports::Performed>& performed, SteadyPoint::duration took) const {
    const auto [verb, object] = plan::words(step.action);
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    const std::string wanted_by = step.sync.name.empty() ? "(shared)" : to_text(step.sync);
    if (!performed) {
      performer_.log.warn("write refused", {{"appliance", performer_.name},
                                            {"verb", verb},
                                            {"object", object},
                                            {"errorcode", static_cast<long long>(performed.error().code)},
                                            {"reason", to_text(performed.error().reason)},
                                            {"error", performed.error().message},
                                            {"ms", static_cast<long long>(milliseconds)},
                                            {"sync", wanted_by}});
      return;
    }
    std::string warning;
    for (const auto& one : performed->warnings)
      warning += std::to_string(one.code) + " " + one.text;
    performer_.log.info("write", {{"appliance", performer_.name},
                                  {"verb", verb},
                                  {"object", object},
                                  {"errorcode", "0"},
                                  {"warning", warning.empty() ? std::string("none") : warning},
                                  {"ms", static_cast<long long>(milliseconds)},
                                  {"sync", wanted_by}});
  }

  const Performer& performer_;
  const std::vector<plan::Step>& steps_;
  std::map<std::string, std::set<std::string>> needs_;
  /// Over the report.
  std::mutex mutex_;
  PerformReport report_;
};

}  // namespace

PerformReport Performer::perform(const std::vector<plan::Step>& steps) const {
  return Run(*this, steps).run();
}

bool is_appliance_wide(const Error& error) {
  switch (error.reason) {
    case Reason::ApplianceUnreachable:
    case Reason::ApplianceUntrusted:
    case Reason::CredentialsRejected:
    case Reason::SessionLimit:
    case Reason::ApplianceBusy:
    case Reason::ClusterNodeAddress:
      return true;
    default:
      return false;
  }
}

}  // namespace certsync::engine
