// A real appliance behind ports::Appliance: which requests an observation takes, what each write's answer means.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/locked.h"
#include "base/sleeper.h"
#include "nitro/session.h"
#include "ports/appliance.h"

namespace certsync::nitro {

/// One way to an appliance: of an HA pair there may be two.
struct Door {
  /// "https://192.0.2.10"
  std::string endpoint;
  std::shared_ptr<Session> session;
};

class NitroAppliance final : public ports::Appliance {
 public:
  /// At least one door.
  NitroAppliance(Client client, std::vector<Door> doors, const Clock& clock, Sleeper& sleeper);
  ~NitroAppliance() override;
  NitroAppliance(const NitroAppliance&) = delete;
  NitroAppliance& operator=(const NitroAppliance&) = delete;

  void begin_pass(std::stop_token stop) override;
  Result<model::ApplianceState> observe(ports::Sight sight) override;
  Result<void> confirm() override;
  Result<std::string> read_file(const std::string& name) override;
  std::string where_used(const std::string& certkey) override;
  Result<ports::Performed> perform(const plan::Action& action, SecretBytes content) override;
  Result<void> save() override;
  void logout() override;

 private:
  /// The body of a successful read.
  Result<std::string> get(const std::string& resource, const std::string& what);
  Result<Answer> call(Call call) { return doors_[door_].session->call(client_, std::move(call), stop_); }
  /// Turns to the door behind which the primary answers.
  Result<model::HaView> find_primary();
  Result<model::ApplianceState> look(ports::Sight sight);
  /// Without the right to see roles: what went wrong here may go better behind the other door.
  void try_the_other_door();
  /// What the node behind the present door says of itself. Errors Retry/ApplianceBusy when it is not the primary.
  Result<model::HaView> look_at_role();
  Result<void> observe_bindings(model::ApplianceState& state, model::TargetKind kind,
                                const std::vector<std::string>& owners);
  Result<void> observe_services(model::ApplianceState& state);
  Result<void> observe_profiles(model::ApplianceState& state);
  Result<void> observe_addresses(model::ApplianceState& state);
  /// Sends a write; busy answers are repeated for at most a minute in all within one pass.
  Result<Answer> write(http::Method method, const std::string& resource, const SecretBytes& body,
                       const std::string& what);
  Result<ports::Performed> settle_existing_file(const std::string& file, std::size_t bytes, const std::string& what);

  Client client_;
  std::vector<Door> doors_;
  std::atomic<std::size_t> door_ = 0;
  /// Where this partition keeps its certificates.
  std::string folder_;
  model::HaView ha_;
  /// The account may not see hanode, or may not send hafiles: asked once.
  bool ha_hidden_ = false;
  bool no_file_sync_ = false;
  bool left_ = false;
  const Clock& clock_;
  Sleeper& sleeper_;
  std::stop_token stop_;
  /// Of one pass, for all that is busy.
  Locked<std::chrono::milliseconds> busy_left_{std::chrono::milliseconds(0)};
  std::optional<std::string> version_;
  /// Kinds of virtual servers that the account may not list: asked once.
  std::set<std::string> hidden_kinds_;
  /// Builds that do not list the bindings of all targets of a kind at once are asked one by one.
  std::set<model::TargetKind> one_by_one_;
};

}  // namespace certsync::nitro
