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

/// For a window or a roll-out.
bool waits_its_turn(Reason reason);

class Pass {
 public:
  Pass(const ReconcilerOptions& options, const Parts& parts, Memory& memory, AppliancePtr appliance,
       std::function<bool()> more_work, std::stop_token stop);

  PassResult run();

 private:
  /// A certkey that is left alone in this pass, and why.
  struct Hold {
    Error error;
    std::string drift = {};
    /// When a window opens.
    std::optional<TimePoint> window = {};
  };

  /// Empty = it can be worked on.
  std::string why_unusable() const;
  Result<void> look();
  void notice_requests();

  // pass_plan.cpp
  void read_foreign_intermediates(const plan::Wanted& wanted);
  /// Marks what is left alone in this pass as held. False: nothing is.
  bool mark_holds(plan::Wanted& wanted) const;
  /// Everything that is wanted, so marked.
  plan::Wanted wanted_with_holds() const;
  PlanView plan_view() const;
  void make_plan();
  /// From now on this plan holds.
  void go_by(plan::Plan next);

  // hold.cpp
  /// Looks at what the plan would do to each certkey and holds those that policy or prudence leaves alone.
  void hold_back(const plan::Plan& plan);
  void hold(const plan::WantedCertKey& certkey, Hold reason);
  struct Touch {
    /// The steps, as texts.
    std::set<std::string> steps;
    bool sets_certificate = false;
    bool updates = false;
    bool disturbs = false;
    /// Certkeys that are bound over.
    std::set<std::string> replaces;
  };
  /// Nothing = go.
  std::optional<Hold> judge(const plan::WantedCertKey& certkey, const Touch& touch);
  /// What was changed by somebody else, in words; empty = nothing.
  std::string drift_of(const plan::WantedCertKey& certkey, const Touch& touch) const;
  std::optional<Hold> judge_fight(const plan::WantedCertKey& certkey, const std::string& drift);
  std::optional<Hold> judge_rollout(const plan::WantedCertKey& certkey, const Touch& touch);
  std::optional<Hold> judge_window(const plan::WantedCertKey& certkey, const Touch& touch);
  std::optional<Hold> judge_throttle(const plan::WantedCertKey& certkey);
  bool asked_to_deploy_now(const plan::WantedCertKey& certkey) const;
  std::optional<TimePoint> installed_until(const plan::WantedCertKey& certkey, const Touch& touch) const;
  void look_again_at(TimePoint time);
  void look_again_at(SteadyPoint time);

  void note_failover();

  void deploy();
  bool confirm_primary();
  void leave_alone_what_failed();
  void perform(const std::vector<plan::Step>& steps);
  std::map<model::ObjectRef, SyncPtr> inputs_by_name() const;
  void say_disturbances(const std::vector<plan::Step>& done) const;
  void put_links_back(std::size_t done_before);
  void note_changes(const PerformReport& report);
  void give_back_disturbances(const std::vector<plan::Step>& steps, const PerformReport& report);
  void remember_bindings(const std::vector<plan::Step>& done);
  void note_pending_lag(const std::vector<plan::Step>& steps);
  Result<SecretBytes> content_of(plan::Step& step);
  bool deferred_save() const;
  void save();
  bool is_held_from_a_new_wish(const plan::WantedCertKey& certkey) const;
  void prove();
  std::map<std::string, Proof> proofs_of(const std::vector<plan::WantedCertKey>& due,
                                         const std::set<std::string>& changed);
  /// What the endpoints of certkeys with mode Rollback show before anything is changed.
  void look_before_change();
  void roll_back();
  bool must_roll_back(const plan::WantedCertKey& certkey) const;
  void record_lag();

  /// What the pass did, sorted by whom it concerns: built once, asked for each resource.
  struct Facts {
    std::set<std::string> set_now;
    std::set<model::InstalledBinding> bindings;
    std::map<model::ObjectRef, std::vector<const plan::WantedCertKey*>> certkeys;
    std::map<model::ObjectRef, std::vector<const Error*>> problems;
    /// The first of each certkey.
    std::map<std::string, const Error*> certkey_problems;
    std::map<model::ObjectRef, std::set<std::string>> groups;
    /// Each resource as this pass took it in; none for one that came later.
    std::map<model::ObjectRef, SyncPtr> inputs;
  };
  Facts facts() const;
  void report();
  SyncReport report_of(const SyncPtr& sync, const Facts& facts);
  void describe_certkey(const plan::WantedCertKey& certkey, const Facts& facts, SyncReport& report) const;
  bool is_own(const std::string& certkey, const model::CertSync& sync) const;
  bool is_bound_by(const model::CertSync& sync) const;
  void recall_what_is_there(const model::CertSync& sync, plan::TargetOutcome& outcome) const;
  void honour_requests(const model::CertSync& sync, plan::TargetOutcome& outcome);
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
  /// Resource and Secret → what holds them: before it is planned a certkey is known by nothing else.
  std::map<std::pair<model::ObjectRef, model::ObjectRef>, Reason> held_wants_;
  /// Certkey → endpoint → leaf, as shown before this pass changed anything.
  std::map<std::string, std::map<std::string, std::string>> shown_before_;
  std::set<model::ObjectRef> forgiven_;
  std::map<std::string, Error> failed_;
  SealedKeys sealed_keys_;
  std::vector<plan::Step> done_;
  std::optional<Error> aborted_;
  /// The node is no primary any more, or another one is.
  bool void_ = false;
  std::vector<Error> save_errors_;
  bool foreign_changes_ = false;
  bool saved_ = true;
  bool wrote_ = false;
  std::optional<SteadyPoint> look_again_;
};

}  // namespace certsync::engine
