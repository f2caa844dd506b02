// The whole operator and its appliances in one process, without sockets, threads or waiting: real engine, real plan,
// real NITRO client, real manifests; simulated appliances; a clock that stands still. A crash is an exception that
// nobody in the operator catches.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "engine/controller.h"
#include "manifests/directory_source.h"
#include "manifests/file_status.h"
#include "nitro/factory.h"
#include "ports/prober.h"
#include "sim/appliance.h"
#include "sim/faults.h"
#include "sim/ha.h"
#include "support/manual_clock.h"
#include "support/temp_folder.h"
#include "support/test_entropy.h"
#include "support/test_pki.h"

namespace scenarios {

/// Not a std::exception on purpose: no catch of the operator sees it.
struct Killed {};

enum class KillMoment { Before, AfterApplied, AfterAnswer };

struct Box {
  std::string name;
  /// No connection is had to it.
  bool down = false;
  /// Virtual servers whose endpoints show what they showed when told so, whatever is bound; or do not answer at all.
  std::map<std::string, std::vector<std::string>> stubborn;
  std::set<std::string> dark;
  std::unique_ptr<sim::Appliance> appliance;
  sim::Faults faults;
  sim::RequestLog log;
  /// Virtual servers that have once shown a certificate by default: from then on they always must.
  std::map<std::string, bool> must_serve;
};

/// Also remembers what was said: events as "Reason default/www note", audit and all other lines of the log.
class World {
 public:
  explicit World(const std::string& owner = "own");
  ~World();

  void add_box(const std::string& name, const std::vector<sim::VserverOptions>& vservers, sim::Options options = {});
  /// Two boxes, NAME-a and NAME-b; https://NAME is the address that floats, and virtual servers move with the primary.
  void add_pair(const std::string& name, const std::vector<sim::VserverOptions>& vservers, sim::Options options = {});
  /// "edge", or the present primary of the pair "edge".
  Box& box(const std::string& name);
  const Box& box(const std::string& name) const { return const_cast<World*>(this)->box(name); }
  bool has_box(const std::string& name) const { return boxes_.count(name) != 0 || pairs_.count(name) != 0; }
  sim::HaGroup& pair(const std::string& name) { return *pairs_.at(name); }
  std::map<std::string, std::unique_ptr<Box>>& boxes() { return boxes_; }

  support::ManualClock& clock() { return clock_; }
  /// What passphrases are made of.
  const support::TestEntropy& entropy() const { return entropy_; }
  /// What the source holds of a resource when it is asked past the operator's mirror; as the mirror has it, unless set.
  std::function<certsync::Result<std::optional<certsync::model::ObjectMeta>>(const certsync::model::ObjectRef&)> live;
  /// Sees every request as it leaves the operator, secrets included.
  std::function<void(const sim::Request&)> on_request;
  support::TempFolder& folder() { return folder_; }
  /// A manifest file; appears or changes at once, is seen by the next scan.
  void write(const std::string& file, const std::string& text) { folder_.write("manifests/" + file, text); }
  void remove(const std::string& file) { folder_.remove("manifests/" + file); }
  /// The NetScalerAppliance and credentials of a box, with further lines of `spec`.
  void write_appliance(const std::string& name, const std::string& more_spec = "");
  /// The same for one that is at other boxes than its name says: ["edge-a", "edge-b"].
  void write_appliance(const std::string& name, const std::vector<std::string>& at, const std::string& more_spec);
  /// What the account may do on the boxes of an appliance: patterns of CLI commands.
  using Rights = std::function<std::vector<std::string>(
      const certsync::engine::Store& store, const std::string& appliance, const certsync::model::Owner& owner)>;
  /// From now on the operator logs in as somebody who may do just this; what was once allowed stays so. Before any
  /// appliance is written.
  void limit(Rights rights);
  /// From the next start on.
  void set_owner(const std::string& owner, std::set<std::string> former) {
    owner_ = owner;
    former_owners_ = std::move(former);
  }

  /// The operator as a fresh process.
  void start();
  bool running() const { return operator_ != nullptr; }
  /// As SIGKILL: nothing is saved, nobody logs out.
  void kill();
  /// As SIGTERM.
  void stop();
  /// Reads the manifests and passes once over each appliance.
  std::map<std::string, certsync::engine::PassResult> pass(bool may_delete = true);
  /// Reads the manifests, as may happen in the middle of a pass.
  void scan();
  /// Passes until every appliance is settled, stalled or waits by policy; retries wait for nothing. False: never.
  bool settle(int most_passes = 12);

  /// Counts writes over all boxes from now on and dies at the `number`-th (from 1).
  void kill_at_write(int number, KillMoment moment);
  int writes_since() const { return writes_; }

  /// "Ready" of "default/www": "True Synced", and the message apart.
  std::string condition(const std::string& kind, const std::string& object, const std::string& type) const;
  std::string message(const std::string& kind, const std::string& object, const std::string& type) const;
  std::string status_text(const std::string& kind, const std::string& object) const;
  std::string take_events();
  const std::string& log() const { return log_text_; }
  void forget_log() { log_text_.clear(); }
  /// Which default or SNI certificate a virtual server shows: its certificates as DER, leaf first; empty = none.
  std::vector<std::string> served(const std::string& box, const std::string& vserver, const std::string& server_name,
                                  certsync::model::KeyType key_type) const;
  /// Virtual servers that stopped showing any certificate, as text; empty = none ever did.
  const std::string& outages() const { return outages_; }

 private:
  friend class InProcessTransport;
  friend class ServingProber;
  class Live;
  struct Operator;
  void after_request(Box& box);
  void give_rights();
  void set_endpoints();
  certsync::ports::ProbeResult probe(const certsync::ports::ProbeTarget& target) const;

  std::string owner_;
  std::set<std::string> former_owners_;
  support::ManualClock clock_;
  support::TestEntropy entropy_;
  support::TempFolder folder_;
  std::map<std::string, std::unique_ptr<Box>> boxes_;
  std::map<std::string, std::shared_ptr<sim::HaGroup>> pairs_;
  Rights rights_;
  std::string account_ = "nsroot";
  /// By box.
  std::map<std::string, std::set<std::string>> allowed_;
  /// "10.0.0.1:10003" → where that is: "edge/vs_www".
  std::map<std::string, std::string> endpoints_;
  std::string events_;
  std::string log_text_;
  std::string outages_;
  int writes_ = 0;
  std::optional<std::pair<int, KillMoment>> kill_at_;
  bool die_soon_ = false;
  std::unique_ptr<Operator> operator_;
};

}  // namespace scenarios
