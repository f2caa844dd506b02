// A small estate on which the two kinds are played: appliances `edge` and `core` and an address `spare`, Secrets of
// many sorts, things of a person's and of another resource (`rival`). Only NetScalerAppliance edge and
// NetScalerCertSync default/www change.
#pragma once

#include <map>
#include <set>
#include <string>

#include "chaos/generate.h"
#include "scenarios/world.h"

namespace chaos {

/// What is on the boxes, line by line, with certificates by name: "edge" or "edge/p1" → {"bind vs_www
/// default_www-tls"}.
using Facts = std::map<std::string, std::set<std::string>>;

/// The two specs that are in force, and what else the person at the keyboard did.
struct Script {
  Json appliance;
  Json sync;
  /// The value of the annotation deploy-now.
  int deploy_now = 0;
  /// Which of two certificates the Secrets www-tls and shop-tls hold.
  bool renewed = false;
};

class Stage {
 public:
  /// `passed`: how much later than the beginning it is.
  explicit Stage(std::chrono::milliseconds passed = {});

  /// An appliance that may do everything, for the rival to be in place before anybody comes.
  void set_up(const Json& appliance);
  void write_appliance(const Json& spec);
  void write_sync(const Json& spec, int deploy_now);
  void write_secrets(bool renewed);
  void remove_sync();

  bool settle();
  /// What the passes since the last call wrote, request by request.
  std::string take_writes();
  Facts facts() const;
  scenarios::World& world() { return world_; }
  std::chrono::milliseconds passed() const;
  /// "Ready False TargetNotFound: ..." of both, for people and for the checks.
  std::string conditions() const;
  std::string condition(const std::string& type) const { return world_.condition(kSync, kName, type); }
  std::string message(const std::string& type) const { return world_.message(kSync, kName, type); }
  std::string appliance_condition(const std::string& type) const;
  /// Every reason that its Ready names, also in the message.
  std::set<std::string> reasons(const std::string& sync = "www") const;
  std::set<std::string> appliance_reasons() const;

 private:
  static constexpr int kMostPasses = 20;
  static constexpr int kMostRounds = 3;
  static constexpr const char* kSync = "netscalercertsync";
  static constexpr const char* kName = "default/www";
  void add_boxes();

  scenarios::World world_;
};

/// "- edge: bind ..." is missing in `found`, "+ edge: ..." is more.
struct Difference {
  std::string where;
  std::string fact;
  bool more = false;
};
std::vector<Difference> compare(const Facts& wanted, const Facts& found);
std::string to_text(const Facts& facts);
std::string to_text(const std::vector<Difference>& differences);

}  // namespace chaos
