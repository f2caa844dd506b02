// An appliance in domain verbs. nitro/ speaks to real ones; tests have a fake that behaves.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "model/appliance.h"
#include "model/appliance_state.h"
#include "plan/step.h"

namespace certsync::ports {

/// The appliance did it and had something to say (NITRO status 209).
struct Warning {
  int code = 0;
  std::string text;
};

struct Performed {
  std::vector<Warning> warnings;
};

/// What an observation shows beside what every plan needs.
struct Sight {
  /// Where virtual servers listen.
  bool addresses = false;
  /// Services, service groups, and what is bound to them.
  bool services = false;
};

/// Used by one worker at a time, but for perform() of files, which several threads may call at once. On an HA pair
/// always the primary. Every call may log in first, and renews a session
/// that died once per pass.
class Appliance {
 public:
  virtual ~Appliance() = default;

  /// A new pass begins: the allowance for one more login is back.
  virtual void begin_pass(std::stop_token stop) = 0;

  /// Everything a plan needs, in a number of reads that does not grow with the number of certkeys.
  virtual Result<model::ApplianceState> observe(Sight sight) = 0;
  /// On an HA pair: this is still the primary, and the node that was last observed. Error Retry/ApplianceBusy: what was
  /// written since may be lost, so look again before anything else.
  virtual Result<void> confirm() = 0;
  /// A file of /nsconfig/ssl. Error Stalled/NotAuthorized where the account may not read it.
  virtual Result<std::string> read_file(const std::string& name) = 0;
  /// What refers to a certkey, in words for a person: "vpn global, virtual server vs_www". Empty when unknown.
  virtual std::string where_used(const std::string& certkey) = 0;

  /// One write. `content` is the file of an upload, or the passphrase of an encrypted key for an add or update, and
  /// empty otherwise; it is wiped.
  /// "Already so" (gone, not linked, uploaded with this size) is success. Error kind Unknown = look again.
  virtual Result<Performed> perform(const plan::Action& action, SecretBytes content) = 0;
  /// Error Retry/ApplianceBusy while another save runs.
  virtual Result<void> save() = 0;

  /// Ends the session, if there is one. Never fails loudly.
  virtual void logout() = 0;
};

/// Makes the Appliance of a NetScalerAppliance resource; a changed spec gets a new one.
class ApplianceFactory {
 public:
  virtual ~ApplianceFactory() = default;
  virtual std::unique_ptr<Appliance> make(const model::Appliance& appliance) = 0;
};

}  // namespace certsync::ports
