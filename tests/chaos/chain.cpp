#include "chaos/chain.h"

#include <algorithm>
#include <chrono>
#include <regex>

#include "chaos/kinds.h"
#include "chaos/pools.h"

#include "base/reason.h"
#include "codec/objects.h"

namespace chaos {

using namespace certsync;

namespace {

/// The certificates of the stage are good for longer.
constexpr std::chrono::hours kLongestChain{24 * 45};

template <class Object>
std::string why_refused(const Object& before, const Object& after) {
  if (!after.problems.empty()) return after.problems.front();
  return codec::immutable_change(before.spec, after.spec);
}

bool is_reason(const std::string& word) {
  for (int i = 0; i < kReasonCount; ++i) {
    if (to_text(static_cast<Reason>(i)) == word) return true;
  }
  return false;
}

std::string word_of(const std::string& condition) {
  return condition.substr(condition.find(' ') + 1);
}

Json base_appliance(bool in_partition) {
  Json spec = {{"endpoints", {"https://edge"}}, {"credentialsSecretRef", {{"name", "nitro"}}}};
  if (in_partition) spec["partition"] = "p1";
  return spec;
}

bool may_be_unreachable(const Json& appliance) {
  const auto text = appliance.dump();
  return text.find("nowhere") != std::string::npos || text.find("\"missing\"") != std::string::npos ||
         text.find("nitro-wrong") != std::string::npos;
}

// What a JSON patch between the two would say.
std::string change_text(const Json& before, const Json& after) {
  return Json::diff(before, after).dump();
}

}  // namespace

Chain::Chain(unsigned seed, unsigned index, Figures& figures)
    : seed_(seed),
      index_(index),
      figures_(figures),
      random_(seed * 1'000'003u + index),
      syncs_(sync_schema(), sync_pools(), random_),
      appliances_(appliance_schema(), appliance_pools(), random_) {}

Chain::Deed Chain::choose() {
  const bool off = good_ && (script_.sync != good_->sync || script_.appliance != good_->appliance);
  const auto dice = syncs_.pick(100);
  if (dice < 6) return Deed::SpoilSync;
  if (dice < 10) return Deed::SpoilAppliance;
  if (dice < 15) return Deed::Renew;
  if (dice < 19 && !deleted_) return Deed::Delete;
  if (dice < 42 && off && !deleted_ && script_.renewed == good_->renewed) return Deed::GoBack;
  if (dice < 62 && !deleted_) return Deed::ChangeAppliance;
  return Deed::ChangeSync;
}

void Chain::write_sync(const Json& spec) {
  sync_refused_ =
      deleted_ ? why_refused(read_sync(spec), read_sync(spec)) : why_refused(read_sync(script_.sync), read_sync(spec));
  story_ +=
      "  sync: " + change_text(script_.sync, spec) + (sync_refused_.empty() ? "" : " refused: " + sync_refused_) + "\n";
  stage_.write_sync(spec, script_.deploy_now);
  if (!sync_refused_.empty()) return;
  script_.sync = spec;
  forms_.push_back(spec);
}

void Chain::write_appliance(const Json& spec) {
  appliance_refused_ = why_refused(read_appliance(script_.appliance), read_appliance(spec));
  story_ += "  appliance: " + change_text(script_.appliance, spec) +
            (appliance_refused_.empty() ? "" : " refused: " + appliance_refused_) + "\n";
  stage_.write_appliance(spec);
  if (appliance_refused_.empty()) script_.appliance = spec;
}

void Chain::act(Deed deed) {
  std::string what;
  switch (deed) {
    case Deed::ChangeSync:
      write_sync(syncs_.changed(script_.sync));
      deleted_ = deleted_ && !sync_refused_.empty();
      break;
    case Deed::ChangeAppliance:
      write_appliance(appliances_.changed(script_.appliance));
      break;
    case Deed::SpoilSync:
      if (deleted_) return;
      write_sync(syncs_.spoiled(script_.sync, what));
      break;
    case Deed::SpoilAppliance:
      write_appliance(appliances_.spoiled(script_.appliance, what));
      break;
    case Deed::GoBack:
      story_ += "  back to the last good pair\n";
      write_appliance(good_->appliance);
      write_sync(good_->sync);
      break;
    case Deed::Delete:
      story_ += "  the sync is deleted\n";
      // What is there must be whole, or nothing counts as deleted.
      write_appliance(script_.appliance);
      write_sync(script_.sync);
      stage_.settle();
      stage_.remove_sync();
      stage_.settle();
      stage_.world().clock().advance(std::chrono::seconds(31));
      deleted_ = true;
      left_ = stage_.facts();
      stage_.world().take_events();
      break;
    case Deed::Renew:
      script_.renewed = !script_.renewed;
      story_ += "  Secrets www-tls and shop-tls are renewed\n";
      stage_.write_secrets(script_.renewed);
      break;
  }
  if (!what.empty()) story_ += "  mistake: " + what + "\n";
}

bool Chain::waits() const {
  static const std::set<std::string> kWaits = {"WaitingForWindow", "WindowUnsatisfiable", "WaitingForRollout",
                                               "UpdateThrottled"};
  const auto reasons = stage_.reasons();
  return std::any_of(reasons.begin(), reasons.end(), [](const auto& reason) { return kWaits.count(reason) != 0; });
}

// So that there is something to compare: the annotation, and time for what is rationed.
void Chain::stop_waiting() {
  if (!sync_refused_.empty()) return;
  story_ += "  deploy-now\n";
  ++script_.deploy_now;
  stage_.write_sync(script_.sync, script_.deploy_now);
  stage_.settle();
  for (int i = 0; i < 6 && stage_.reasons().count("UpdateThrottled") != 0; ++i) {
    stage_.world().clock().advance(std::chrono::seconds(61));
    stage_.settle();
  }
}

std::string Chain::check_refusal() const {
  if (!sync_refused_.empty() && !deleted_) {
    if (stage_.condition("Ready") != "False SpecInvalid" || stage_.condition("Stalled") != "True SpecInvalid")
      return "the sync should be SpecInvalid: " + sync_refused_;
    if (stage_.message("Ready").find("spec") == std::string::npos) return "the message names no field";
  }
  if (!appliance_refused_.empty() && stage_.appliance_condition("Ready") != "False SpecInvalid")
    return "the appliance should be SpecInvalid: " + appliance_refused_;
  return "";
}

std::string Chain::check_verdict(bool settled) {
  if (deleted_) {
    ++figures_.deleted;
    if (deed_ != Deed::Delete) return "";
    // A known gap: who left an appliance that is out of reach, and is deleted then, is neither waited for nor told of.
    left_behind_ = script_.sync.value("deletionPolicy", "") != "Delete" || may_be_unreachable(script_.appliance) ||
                   stage_.world().take_events().find("LeftBehind default/www") != std::string::npos;
    return "";
  }
  const auto ready = stage_.condition("Ready");
  ++figures_.by_reason[word_of(ready)];
  if (!sync_refused_.empty() || !appliance_refused_.empty()) ++figures_.refused;
  const bool out_of_reach = may_be_unreachable(script_.appliance);
  if (!settled && !out_of_reach) return "the passes never end";
  const bool named = ready.starts_with("True") || is_reason(word_of(ready));
  if (!named && !out_of_reach) return "no documented reason: " + ready;
  if (!sync_refused_.empty()) return "";
  if (ready.starts_with("True")) {
    ++figures_.converged;
  } else if (stage_.condition("Stalled").starts_with("True")) {
    ++figures_.stalled;
  } else if (!settled) {
    ++figures_.unreachable;
  } else {
    ++figures_.waiting;
  }
  return "";
}

// What the appliance refuses is tried again at each resync, and leaves nothing.
std::string Chain::check_quiet() {
  writes_ += stage_.take_writes();
  const auto before = stage_.facts();
  stage_.world().pass();
  const auto more = stage_.take_writes();
  static const std::regex kRefused(" = [1-9]");
  const bool refused = stage_.condition("Stalled").starts_with("True") && std::regex_search(more, kRefused);
  if (refused && compare(before, stage_.facts()).empty()) return "";
  return more.empty() ? "" : "a further pass writes:\n" + more;
}

std::string Chain::unexcused(const Facts& wanted, const Reasons& wanted_reasons) {
  const auto found = stage_.facts();
  const Context context{script_.sync,
                        script_.appliance,
                        deleted_,
                        left_behind_,
                        {{"www", deleted_ ? std::set<std::string>() : stage_.reasons()},
                         {"rival", stage_.reasons("rival")},
                         {"edge", stage_.appliance_reasons()}},
                        wanted_reasons,
                        before_,
                        found,
                        wanted,
                        ever_,
                        forms_,
                        left_};
  std::vector<Difference> defects;
  std::set<std::string> used;
  for (const auto& difference : compare(wanted, found)) {
    const auto& all = exceptions();
    const auto excuse =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.covers(context, difference); });
    if (excuse == all.end())
      defects.push_back(difference);
    else
      used.insert(excuse->name);
  }
  for (const auto& name : used)
    ++figures_.by_exception[name];
  figures_.excepted += used.empty() ? 0 : 1;
  return to_text(defects);
}

std::string Chain::compare_with_fresh() {
  Stage fresh(stage_.passed());
  fresh.set_up(base_appliance(script_.appliance.value("partition", "") == "p1"));
  fresh.write_secrets(script_.renewed);
  fresh.write_appliance(script_.appliance);
  if (!deleted_) fresh.write_sync(script_.sync, script_.deploy_now);
  fresh.settle();
  const auto wanted = fresh.facts();
  ++figures_.compared;
  const auto defects = unexcused(wanted, {{"www", fresh.reasons()}, {"rival", fresh.reasons("rival")}});
  if (defects.empty()) return "";
  return "other than fresh (- missing here, + only here):\n" + defects + "--- fresh:\n" + fresh.conditions() +
         to_text(wanted) + "--- before:\n" + to_text(before_);
}

std::string Chain::check_healed() {
  if (deed_ != Deed::GoBack || !good_ || !sync_refused_.empty()) return "";
  ++figures_.healed;
  if (!stage_.condition("Ready").starts_with("True")) return "going back to the last good pair does not heal";
  const auto defects = unexcused(good_facts_, {{"www", {}}, {"rival", {}}});
  if (defects.empty()) return "";
  return "going back leads to another state (- missing now, + more than then):\n" + defects + "--- then:\n" +
         to_text(good_facts_);
}

std::string Chain::check() {
  const bool settled = stage_.settle();
  if (auto wrong = check_verdict(settled); !wrong.empty()) return wrong;
  if (auto wrong = check_refusal(); !wrong.empty()) return wrong;
  if (auto wrong = check_quiet(); !wrong.empty()) return wrong;
  if (!deleted_ && waits()) {
    if (syncs_.chance(40) && deed_ != Deed::GoBack) return "";
    stop_waiting();
    if (auto wrong = check_quiet(); !wrong.empty()) return wrong;
    if (waits() && !sync_refused_.empty()) return "";
  }
  if (auto wrong = compare_with_fresh(); !wrong.empty()) return wrong;
  if (auto wrong = check_healed(); !wrong.empty()) return wrong;
  if (!deleted_ && stage_.condition("Ready") == "True Synced" && appliance_refused_.empty()) {
    good_ = script_;
    good_facts_ = stage_.facts();
  }
  return "";
}

std::string Chain::one(int number) {
  before_ = stage_.facts();
  for (const auto& [where, facts] : before_)
    ever_[where].insert(facts.begin(), facts.end());
  deed_ = choose();
  story_ += "transition " + std::to_string(number) + "\n";
  sync_refused_.clear();
  appliance_refused_.clear();
  writes_.clear();
  act(deed_);
  ++figures_.transitions;
  auto wrong = check();
  if (wrong.empty()) return "";
  return "CERTSYNC_SEED=" + std::to_string(seed_) + " chain " + std::to_string(index_) + " transition " +
         std::to_string(number) + "\n" + wrong + "--- story:\n" + story_ + "--- sync in force: " + script_.sync.dump() +
         "\n--- appliance in force: " + script_.appliance.dump() + "\n--- writes:\n" + writes_ + "--- conditions:\n" +
         stage_.conditions() + "--- state:\n" + to_text(stage_.facts());
}

std::string Chain::run(int transitions) {
  script_.appliance = base_appliance(syncs_.chance(15));
  stage_.set_up(script_.appliance);
  do {
    script_.sync = syncs_.spec();
  } while (!read_sync(script_.sync).problems.empty());
  forms_.push_back(script_.sync);
  story_ += "first: " + script_.sync.dump() + "\n";
  stage_.write_sync(script_.sync, 0);
  stage_.settle();
  stage_.take_writes();
  for (int number = 1; number <= transitions && stage_.passed() < kLongestChain; ++number) {
    if (auto wrong = one(number); !wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace chaos
