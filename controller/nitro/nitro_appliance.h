// A real appliance behind ports::Appliance: which requests an observation takes, what each write's answer means.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/sleeper.h"
#include "nitro/session.h"
#include "ports/appliance.h"

namespace certsync::nitro {

class NitroAppliance final : public ports::Appliance {
 public:
  NitroAppliance(std::shared_ptr<Session> session, const Clock& clock, Sleeper& sleeper);

  void begin_pass(std::stop_token stop) override;
  Result<model::ApplianceState> observe(bool with_addresses) override;
  Result<std::string> read_file(const std::string& name) override;
  std::string where_used(const std::string& certkey) override;
  Result<ports::Performed> perform(const plan::Action& action, SecretBytes content) override;
  Result<void> save() override;
  void logout() override;

 private:
  /// The body of a successful read.
  Result<std::string> get(const std::string& resource, const std::string& what);
  Result<void> observe_bindings(model::ApplianceState& state);
  Result<void> observe_addresses(model::ApplianceState& state);
  /// Sends a write; busy answers are repeated for at most a minute in all within one pass.
  Result<Answer> write(http::Method method, const std::string& resource, const SecretBytes& body,
                       const std::string& what);
  Result<ports::Performed> settle_existing_file(const std::string& file, std::size_t bytes, const std::string& what);

  std::shared_ptr<Session> session_;
  const Clock& clock_;
  Sleeper& sleeper_;
  std::stop_token stop_;
  std::chrono::milliseconds busy_left_{0};
  std::optional<std::string> version_;
  /// Kinds of virtual servers that the account may not list: asked once.
  std::set<std::string> hidden_kinds_;
  /// Builds that do not list the bindings of all virtual servers at once are asked one by one.
  bool bulk_bindings_ = true;
};

}  // namespace certsync::nitro
