#include "plan/summary.h"

#include <algorithm>
#include <map>

#include "base/encoding.h"

namespace certsync::plan {
namespace {

using model::ConditionStatus;

constexpr std::size_t kMaxCertificates = 32;
constexpr std::size_t kMaxTargets = 64;
constexpr std::size_t kMaxBoundTo = 256;
constexpr std::size_t kMaxPlanSteps = 100;
constexpr std::size_t kMaxPlanText = 200;
constexpr std::size_t kMaxMessage = 1024;

std::string shortened(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  return std::string(cut_utf8(text, limit - 3)) + "...";
}

bool needs_human(const Error& error) {
  return error.kind == ErrorKind::Stalled || error.kind == ErrorKind::Conflict;
}

// The foremost error first, then the others, once each.
std::string joined(const std::vector<Error>& errors) {
  std::string text = foremost(errors).message;
  std::set<std::string> said = {text};
  for (const auto& error : errors) {
    if (said.insert(error.message).second) text += "; " + to_text(error);
  }
  return shortened(std::move(text), kMaxMessage);
}

struct Fold {
  std::vector<Error> errors;
  std::size_t ready = 0;
  bool waiting_for_first_look = false;
};

class Summary {
 public:
  Summary(std::int64_t generation, model::Conditions& conditions, TimePoint now)
      : generation_(generation), conditions_(conditions), now_(now) {}

  void set(std::string type, ConditionStatus status, std::string reason, std::string message) {
    model::set_condition(conditions_,
                         {std::move(type), status, std::move(reason), std::move(message), generation_, now_});
  }

  // Reconciling and Stalled in kstatus' sense: True means that Ready is not, and why.
  void set_progress(const std::vector<Error>& errors, bool waiting) {
    const auto stalled = std::find_if(errors.begin(), errors.end(), needs_human);
    const auto going =
        std::find_if(errors.begin(), errors.end(), [](const Error& error) { return !needs_human(error); });
    if (going != errors.end()) {
      set("Reconciling", ConditionStatus::True, std::string(to_text(going->reason)),
          shortened(going->message, kMaxMessage));
    } else if (waiting) {
      set("Reconciling", ConditionStatus::True, "Progressing", "on the way");
    } else {
      set("Reconciling", ConditionStatus::False, errors.empty() ? "Synced" : "Stalled", "");
    }
    if (stalled == errors.end()) {
      set("Stalled", ConditionStatus::False, errors.empty() && !waiting ? "Synced" : "Progressing", "");
    } else {
      std::vector<Error> human;
      std::copy_if(errors.begin(), errors.end(), std::back_inserter(human), needs_human);
      set("Stalled", ConditionStatus::True, std::string(to_text(foremost(human).reason)), joined(human));
    }
  }

 private:
  std::int64_t generation_;
  model::Conditions& conditions_;
  TimePoint now_;
};

void set_verified(Summary& summary, const std::vector<TargetOutcome>& outcomes) {
  Verdict worst = Verdict::Off;
  std::string message;
  for (const auto& outcome : outcomes) {
    const auto rank = [](Verdict verdict) {
      switch (verdict) {
        case Verdict::Different:
          return 4;
        case Verdict::Unreachable:
          return 3;
        case Verdict::NoEndpoint:
          return 2;
        case Verdict::Served:
          return 1;
        case Verdict::Off:
          return 0;
      }
      return 0;
    };
    if (rank(outcome.verdict) < rank(worst)) continue;
    worst = outcome.verdict;
    message = outcome.verdict_message;
  }
  const auto status = worst == Verdict::Served      ? ConditionStatus::True
                      : worst == Verdict::Different ? ConditionStatus::False
                                                    : ConditionStatus::Unknown;
  summary.set("Verified", status, std::string(to_text(worst)), shortened(message, kMaxMessage));
}

void set_drifted(Summary& summary, const std::vector<TargetOutcome>& outcomes) {
  std::string text;
  for (const auto& outcome : outcomes) {
    if (!outcome.drift.empty()) text += (text.empty() ? "" : "; ") + outcome.appliance + ": " + outcome.drift;
  }
  summary.set("Drifted", text.empty() ? ConditionStatus::False : ConditionStatus::True,
              text.empty() ? "Synced" : "Drifted", shortened(text, kMaxMessage));
}

// The one reason that comes before Suspended: a form that cannot be used may be the very one that was to end it.
bool is_unusable(const Fold& fold) {
  return !fold.errors.empty() && foremost(fold.errors).reason == Reason::SpecInvalid;
}

void set_ready(Summary& summary, const model::CertSync& sync, const Fold& fold, std::size_t wanted) {
  if (sync.spec.suspend && !is_unusable(fold)) {
    const auto* before = model::find_condition(sync.status.conditions, "Ready");
    summary.set("Ready", before == nullptr ? ConditionStatus::Unknown : before->status, "Suspended",
                "spec.suspend is true");
    return;
  }
  if (!fold.errors.empty()) {
    summary.set("Ready", ConditionStatus::False, std::string(to_text(foremost(fold.errors).reason)),
                joined(fold.errors));
  } else if (fold.waiting_for_first_look) {
    summary.set("Ready", ConditionStatus::False, "Progressing", "not all appliances have been looked at yet");
  } else if (sync.spec.dry_run) {
    summary.set("Ready", ConditionStatus::False, "DryRun", "spec.dryRun is true: the plan is in status.plan");
  } else if (fold.ready < wanted) {
    summary.set("Ready", ConditionStatus::False, "Progressing", "not all appliances have what is wanted yet");
  } else {
    summary.set("Ready", ConditionStatus::True, "Synced",
                "the certificate is installed, bound and saved on " + std::to_string(wanted) + " of " +
                    std::to_string(wanted) + " appliances");
  }
}

model::ApplianceTargetStatus target_status(const TargetOutcome& outcome) {
  model::ApplianceTargetStatus status;
  status.name = outcome.appliance;
  status.ready = outcome.settled && outcome.errors.empty();
  status.reason = outcome.errors.empty() ? (outcome.settled ? "Synced" : "Progressing")
                                         : std::string(to_text(foremost(outcome.errors).reason));
  if (!outcome.errors.empty()) status.message = joined(outcome.errors);
  status.certkeys = outcome.certkeys;
  if (status.certkeys.size() > kMaxCertificates) status.certkeys.resize(kMaxCertificates);
  status.last_sync_time = outcome.last_sync_time;
  status.last_verify_time = outcome.last_verify_time;
  return status;
}

std::string appliance_of(const std::string& bound_to) {
  return bound_to.substr(0, bound_to.find('/'));
}

// What the last status said of appliances that nobody has looked at since.
struct Remembered {
  std::vector<model::ApplianceTargetStatus> targets;
  std::vector<std::string> bound_to;
  std::vector<model::CertificateStatus> certificates;
};

Remembered remember(const model::CertSyncStatus& before, const std::vector<std::string>& wanted,
                    const std::vector<TargetOutcome>& outcomes) {
  std::set<std::string> looked;
  for (const auto& outcome : outcomes) {
    if (outcome.looked) looked.insert(outcome.appliance);
  }
  const std::set<std::string> known(wanted.begin(), wanted.end());
  Remembered kept;
  for (const auto& target : before.appliances) {
    if (known.count(target.name) != 0 && looked.count(target.name) == 0) kept.targets.push_back(target);
  }
  // Also of appliances that are no longer wanted: until their clean-up, this list says what may be unbound there, and
  // the certificates what a Secret that was named before left there.
  for (const auto& entry : before.bound_to) {
    if (looked.count(appliance_of(entry)) == 0) kept.bound_to.push_back(entry);
  }
  if (!kept.targets.empty() || !kept.bound_to.empty()) kept.certificates = before.certificates;
  return kept;
}

void fold_certificates(model::CertSyncStatus& status, const Remembered& kept,
                       const std::vector<TargetOutcome>& outcomes) {
  std::map<std::pair<std::string, std::string>, model::CertificateStatus> by_name;
  const auto take = [&](const std::vector<model::CertificateStatus>& certificates) {
    for (const auto& certificate : certificates)
      by_name.try_emplace({certificate.secret_name, certificate.certkey}, certificate);
  };
  for (const auto& outcome : outcomes)
    take(outcome.certificates);
  take(kept.certificates);
  status.certificates.clear();
  status.certificates_total = by_name.size();
  for (auto& [key, certificate] : by_name) {
    if (status.certificates.size() < kMaxCertificates) status.certificates.push_back(std::move(certificate));
  }
}

void fold_targets(model::CertSyncStatus& status, const Remembered& kept, const std::vector<TargetOutcome>& outcomes) {
  status.appliances.clear();
  status.bound_to = kept.bound_to;
  status.plan.clear();
  std::map<std::string, model::ApplianceTargetStatus> before;
  for (const auto& target : kept.targets)
    before.emplace(target.name, target);
  for (const auto& outcome : outcomes) {
    auto target = target_status(outcome);
    if (const auto known = before.find(outcome.appliance); known != before.end()) {
      target.certkeys = known->second.certkeys;
      target.last_sync_time = known->second.last_sync_time;
      target.last_verify_time = known->second.last_verify_time;
      before.erase(known);
    }
    status.appliances.push_back(std::move(target));
    for (const auto& binding : outcome.bound_to)
      status.bound_to.push_back(outcome.appliance + "/" + binding);
    for (const auto& step : outcome.plan) {
      if (status.plan.size() < kMaxPlanSteps)
        status.plan.push_back(shortened(outcome.appliance + ": " + step, kMaxPlanText));
    }
    if (outcome.last_sync_time && (!status.last_sync_time || *outcome.last_sync_time > *status.last_sync_time)) {
      status.last_sync_time = outcome.last_sync_time;
    }
  }
  for (auto& [name, target] : before)
    status.appliances.push_back(std::move(target));
  std::stable_sort(status.appliances.begin(), status.appliances.end(), [](const auto& a, const auto& b) {
    return std::pair(a.ready, a.name) < std::pair(b.ready, b.name);
  });
  status.appliances_total = status.appliances.size();
  if (status.appliances.size() > kMaxTargets) status.appliances.resize(kMaxTargets);
  std::sort(status.bound_to.begin(), status.bound_to.end());
  if (status.bound_to.size() > kMaxBoundTo) status.bound_to.resize(kMaxBoundTo);
}

// A request is handled when every wanted appliance has had a pass that knew of it.
void note_handled(const model::CertSync& sync, const char* annotation, std::string TargetOutcome::*request,
                  std::size_t wanted, const std::vector<TargetOutcome>& outcomes, std::string& handled) {
  const auto asked = sync.meta.annotations.find(annotation);
  if (asked == sync.meta.annotations.end() || outcomes.size() != wanted) return;
  const bool everywhere = std::all_of(outcomes.begin(), outcomes.end(),
                                      [&](const TargetOutcome& outcome) { return outcome.*request == asked->second; });
  if (everywhere) handled = asked->second;
}

}  // namespace

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::Off:
      return "Off";
    case Verdict::NoEndpoint:
      return "NoEndpoint";
    case Verdict::Served:
      return "Served";
    case Verdict::Different:
      return "Different";
    case Verdict::Unreachable:
      return "Unreachable";
  }
  return "Off";
}

const Error& foremost(const std::vector<Error>& errors) {
  return *std::min_element(errors.begin(), errors.end(),
                           [](const Error& a, const Error& b) { return a.reason < b.reason; });
}

model::CertSyncStatus summarise(const model::CertSync& sync, const std::vector<std::string>& wanted_appliances,
                                const std::vector<TargetOutcome>& outcomes, TimePoint now) {
  model::CertSyncStatus status = sync.status;
  status.observed_generation = sync.meta.generation;
  Fold fold;
  for (const auto& problem : sync.problems)
    fold.errors.push_back({ErrorKind::Stalled, Reason::SpecInvalid, problem});
  for (const auto& name : wanted_appliances) {
    const auto found =
        std::find_if(outcomes.begin(), outcomes.end(), [&](const auto& one) { return one.appliance == name; });
    if (found == outcomes.end() || found->generation != sync.meta.generation) {
      fold.waiting_for_first_look = true;
      continue;
    }
    for (const auto& error : found->errors) {
      if (std::find(fold.errors.begin(), fold.errors.end(), error) == fold.errors.end()) fold.errors.push_back(error);
    }
    if (found->errors.empty() && found->settled) ++fold.ready;
  }
  if (wanted_appliances.empty() && fold.errors.empty()) {
    fold.errors.push_back({ErrorKind::Stalled, Reason::ApplianceNotFound, "no appliance is selected"});
  }
  Summary summary(sync.meta.generation, status.conditions, now);
  set_ready(summary, sync, fold, wanted_appliances.size());
  const bool unsettled = !sync.spec.dry_run && fold.errors.empty() && fold.ready < wanted_appliances.size();
  summary.set_progress(fold.errors, !sync.spec.suspend && (fold.waiting_for_first_look || unsettled));
  set_verified(summary, outcomes);
  set_drifted(summary, outcomes);
  const Remembered kept = remember(sync.status, wanted_appliances, outcomes);
  fold_targets(status, kept, outcomes);
  fold_certificates(status, kept, outcomes);
  status.targets = std::to_string(fold.ready) + "/" + std::to_string(wanted_appliances.size());
  const auto wanted = wanted_appliances.size();
  note_handled(sync, model::kSyncRequestedAt, &TargetOutcome::sync_request, wanted, outcomes,
               status.last_handled_sync_request);
  note_handled(sync, model::kDeployNow, &TargetOutcome::deploy_now, wanted, outcomes, status.last_handled_deploy_now);
  status.next_window.reset();
  for (const auto& outcome : outcomes) {
    if (outcome.next_window && (!status.next_window || *outcome.next_window < *status.next_window))
      status.next_window = outcome.next_window;
  }
  return status;
}

model::ApplianceStatus summarise(const model::Appliance& appliance, const ApplianceOutcome& outcome, TimePoint now) {
  model::ApplianceStatus status = appliance.status;
  status.observed_generation = appliance.meta.generation;
  Summary summary(appliance.meta.generation, status.conditions, now);
  std::vector<Error> errors = outcome.errors;
  for (const auto& problem : appliance.problems)
    errors.push_back({ErrorKind::Stalled, Reason::SpecInvalid, problem});
  if (!errors.empty()) {
    summary.set("Ready", ConditionStatus::False, std::string(to_text(foremost(errors).reason)), joined(errors));
  } else if (appliance.spec.suspend) {
    const auto* before = model::find_condition(appliance.status.conditions, "Ready");
    summary.set("Ready", before == nullptr ? ConditionStatus::Unknown : before->status, "Suspended",
                "spec.suspend is true");
  } else {
    summary.set("Ready", ConditionStatus::True, "Synced",
                "the appliance answers and its account has the rights it needs");
  }
  summary.set_progress(errors, false);
  if (outcome.sync_time) {
    status.primary_endpoint = outcome.endpoint;
    status.version = outcome.version;
    status.ha_state = outcome.ha_state;
    status.certkeys = outcome.certkeys;
    status.managed_certkeys = outcome.managed_certkeys;
    status.next_expiry = outcome.next_expiry;
    status.last_sync_time = outcome.sync_time;
    summary.set("Saved", outcome.saved ? ConditionStatus::True : ConditionStatus::False,
                outcome.saved ? "Saved" : outcome.unsaved_reason, shortened(outcome.unsaved_message, kMaxMessage));
  }
  if (outcome.save_time) status.last_save_time = outcome.save_time;
  return status;
}

}  // namespace certsync::plan
