// From what is wanted and seen to the plan of a pass, what is held left alone.
#include <algorithm>
#include <utility>

#include "engine/pass.h"
#include "pki/x509.h"

namespace certsync::engine {

void Pass::read_foreign_intermediates(const plan::Wanted& wanted) {
  for (const auto& certkey : plan::foreign_candidates(wanted, seen_)) {
    const auto& installed = seen_.certkeys.at(certkey);
    const std::string key = certkey + "\n" + installed.cert_file + "\n" + installed.serial;
    auto known = memory_.foreign_digests.find(key);
    if (known == memory_.foreign_digests.end()) {
      auto content = memory_.appliance->read_file(installed.cert_file);
      auto certificate = content ? pki::read_first_certificate(*content)
                                 : Result<model::CertificatePtr>(tl::unexpected(content.error()));
      // An empty digest = cannot be read: told by its attributes then. A refusal is about our rights, not about what
      // the file holds: it is asked for again next time.
      seen_.foreign_digests[certkey] = certificate ? (*certificate)->sha256 : "";
      if (!content) continue;
      known = memory_.foreign_digests.emplace(key, seen_.foreign_digests[certkey]).first;
    }
    seen_.foreign_digests[certkey] = known->second;
  }
}

bool Pass::mark_holds(plan::Wanted& wanted) const {
  bool any = false;
  const bool nothing = options_.read_only || appliance_->spec.suspend;
  for (auto& certkey : wanted.certkeys) {
    const auto hold = held_wants_.find({certkey.ref(), certkey.secret});
    certkey.held = nothing || certkey.sync->spec.suspend || certkey.sync->spec.dry_run || hold != held_wants_.end();
    certkey.adds =
        hold != held_wants_.end() && (waits_its_turn(hold->second) || hold->second == Reason::UpdateThrottled);
    any |= certkey.held;
  }
  const auto left_out = std::erase_if(wanted.removals, [&](const plan::Removal& removal) {
    if (nothing) return true;
    const auto sync = parts_.store.cert_sync(removal.sync);
    return sync == nullptr || (!sync->meta.deleting && (sync->spec.suspend || sync->spec.dry_run));
  });
  return any || left_out != 0;
}

plan::Wanted Pass::wanted_with_holds() const {
  plan::Wanted wanted = plan::desired(inputs_.desired);
  mark_holds(wanted);
  return wanted;
}

PlanView Pass::plan_view() const {
  PlanView view{*appliance_, dry_plan_, {}, seen_};
  for (const auto& [certkey, hold] : held_)
    view.waits[certkey] = {hold.error, hold.window};
  for (const auto& certkey : dry_plan_.certkeys) {
    const auto idle = [&](bool is, Reason reason, const char* why) {
      if (is) view.waits.insert_or_assign(certkey.name, Waits{{ErrorKind::Wait, reason, why}, {}});
    };
    idle(certkey.sync->spec.dry_run, Reason::DryRun, "spec.dryRun of the resource is true");
    idle(certkey.sync->spec.suspend, Reason::Suspended, "spec.suspend of the resource is true");
    idle(appliance_->spec.suspend, Reason::Suspended, "spec.suspend of the appliance is true");
  }
  return view;
}

void Pass::make_plan() {
  plan::Wanted everything = plan::desired(inputs_.desired);
  read_foreign_intermediates(everything);
  dry_plan_ = plan::diff(everything, seen_);
  hold_back(dry_plan_);
  if (options_.on_plan) options_.on_plan(plan_view());
  // Where nothing is held, the plan that held nothing is the plan.
  go_by(mark_holds(everything) ? plan::diff(everything, seen_) : dry_plan_);
}

// What stands in the way of a held certkey is known from the plan that held nothing.
void Pass::go_by(plan::Plan next) {
  for (const auto& problem : dry_plan_.problems) {
    const bool known = std::any_of(next.problems.begin(), next.problems.end(), [&](const plan::Problem& one) {
      return one.sync == problem.sync && one.error == problem.error;
    });
    const bool held = std::any_of(next.certkeys.begin(), next.certkeys.end(), [&](const plan::WantedCertKey& certkey) {
      return certkey.held && certkey.ref() == problem.sync && certkey.name == problem.certkey;
    });
    if (held && !known) next.problems.push_back(problem);
  }
  plan_ = std::move(next);
  if (!options_.read_only && !appliance_->spec.suspend) return;
  plan_.steps.clear();
  plan_.cleanup.clear();
  plan_.retire.clear();
}

}  // namespace certsync::engine
