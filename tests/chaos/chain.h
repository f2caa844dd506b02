// One chain of transitions on one stage, and what must hold after each of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "chaos/exceptions.h"
#include "chaos/stage.h"

namespace chaos {

struct Figures {
  int transitions = 0;
  /// The form was refused with its reason; the one before stays in force.
  int refused = 0;
  int converged = 0;
  int waiting = 0;
  int stalled = 0;
  /// The appliance cannot be reached, or refuses the login: tried again for ever.
  int unreachable = 0;
  int deleted = 0;
  /// Went back to the last good pair.
  int healed = 0;
  /// With a fresh stage; and how many of these differed in what an exception names.
  int compared = 0;
  int excepted = 0;
  std::map<std::string, int> by_exception;
  std::map<std::string, int> by_reason;
};

class Chain {
 public:
  Chain(unsigned seed, unsigned index, Figures& figures);
  /// Empty = all was well; otherwise everything there is to know.
  std::string run(int transitions);

 private:
  enum class Deed { ChangeSync, ChangeAppliance, SpoilSync, SpoilAppliance, GoBack, Delete, Renew };
  Deed choose();
  std::string one(int number);
  /// Writes the next form.
  void act(Deed deed);
  void write_sync(const Json& spec);
  void write_appliance(const Json& spec);
  std::string check();
  std::string check_refusal() const;
  std::string check_verdict(bool settled);
  std::string check_quiet();
  std::string check_healed();
  std::string compare_with_fresh();
  /// What differs from `wanted` and is in no exception.
  std::string unexcused(const Facts& wanted, const Reasons& wanted_reasons);
  void stop_waiting();
  bool waits() const;

  const unsigned seed_;
  const unsigned index_;
  Figures& figures_;
  std::mt19937 random_;
  Generator syncs_;
  Generator appliances_;
  Stage stage_;
  /// In force; and the last pair with which all was converged.
  Script script_;
  std::optional<Script> good_;
  Facts good_facts_;
  Facts before_;
  Facts ever_;
  std::vector<Json> forms_;
  bool deleted_ = false;
  bool left_behind_ = false;
  Facts left_;
  Deed deed_ = Deed::ChangeSync;
  /// Why the form that was just written is refused; empty = it is not.
  std::string sync_refused_;
  std::string appliance_refused_;
  std::string writes_;
  std::string story_;
};

}  // namespace chaos
