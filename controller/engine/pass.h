// One pass over one appliance. Made for the pass, gone after it; internal to the engine.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/inputs.h"
#include "engine/perform.h"
#include "engine/reconciler.h"
#include "engine/sealed_keys.h"
#include "plan/diff.h"

namespace certsync::engine {

/// What a certkey should be, as one comparable text: content, link, bindings.
std::string signature_of(const plan::WantedCertKey& certkey);

class Pass {
 public:
  Pass(const ReconcilerOptions& options, const Parts& parts, Memory& memory, AppliancePtr appliance,
       std::function<bool()> more_work, std::stop_token stop);

  PassResult run();

 private:
  /// A certkey that is left alone in this pass, and why.
  struct Hold {
    Error error;
    std::string drift;
  };

  Result<void> look();
  void read_foreign_intermediates(const plan::Wanted& wanted);
  plan::Wanted wanted_without_held();
  void make_plan();
  /// Looks at what the plan would do to each certkey and holds those that policy or prudence leaves alone.
  void hold_back(const plan::Plan& plan);
  void judge_drift(const plan::WantedCertKey& certkey, const std::set<std::string>& touched, bool update);
  void notice_requests();

  void deploy();
  void leave_alone_what_failed();
  void perform(const std::vector<plan::Step>& steps);
  void say_disturbances(const std::vector<plan::Step>& done) const;
  void remember_bindings(const std::vector<plan::Step>& done);
  void note_pending_lag(const std::vector<plan::Step>& steps);
  Result<SecretBytes> content_of(plan::Step& step);
  bool deferred_save() const;
  bool needs_save() const;
  void save();
  void prove();
  void record_lag();

  /// What the pass did, sorted by whom it concerns: built once, asked for each resource.
  struct Facts {
    std::set<std::string> set_now;
    std::set<model::InstalledBinding> bindings;
    std::map<model::ObjectRef, std::vector<const plan::WantedCertKey*>> certkeys;
    std::map<model::ObjectRef, std::vector<const Error*>> problems;
    std::map<model::ObjectRef, std::set<std::string>> groups;
    /// Of each resource as this pass took it in; 0 for one that came later.
    std::map<model::ObjectRef, std::int64_t> generations;
  };
  Facts facts() const;
  void report();
  SyncReport report_of(const SyncPtr& sync, const Facts& facts) const;
  void describe_certkey(const plan::WantedCertKey& certkey, const Facts& facts, SyncReport& report) const;
  void describe_proof(const plan::WantedCertKey& certkey, SyncReport& report) const;
  void report_appliance(const std::vector<Error>& errors);
  void say_notices() const;
  void report_failure(const Error& error);
  PassResult conclude() const;
  std::string name() const { return appliance_->meta.ref.name; }

  const ReconcilerOptions& options_;
  const Parts& parts_;
  Memory& memory_;
  AppliancePtr appliance_;
  std::function<bool()> more_work_;
  std::stop_token stop_;

  Inputs inputs_;
  model::ApplianceState first_seen_;
  model::ApplianceState seen_;
  plan::Plan plan_;
  plan::Plan dry_plan_;
  std::map<std::string, Hold> held_;
  std::map<std::string, Error> failed_;
  SealedKeys sealed_keys_;
  std::vector<plan::Step> done_;
  std::optional<Error> aborted_;
  std::vector<Error> save_errors_;
  bool foreign_changes_ = false;
  bool saved_ = true;
  bool wrote_ = false;
  std::optional<SteadyPoint> look_again_;
};

}  // namespace certsync::engine
