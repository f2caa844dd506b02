// Flows of the operator in a cluster, told again and again with one request to the API server harmed, so that their
// ends can be compared: the appliance, the objects, the Events, what was created and deleted.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cluster/api_proxy.h"
#include "cluster/bed.h"

namespace cluster {

struct Flow {
  std::string name;
  /// More lines of the resource's spec: as it is at first, and as the change makes it. Alike: no change.
  std::string first;
  std::string then;
  bool renews = false;
  bool removes = false;
  /// Somebody else's certificate is bound already.
  bool adopts = false;
  /// Harm is done from the start of the operator; else from the change on.
  bool from_start() const { return first == then && !renews && !removes; }
};
std::vector<Flow> flows();

class FlowBed : public Bed {
 protected:
  /// How a telling ended. Times, versions and ports are masked.
  struct End {
    /// The appliance and the objects.
    std::string state;
    /// One line for each Event object.
    std::vector<std::string> events;
    /// Certkeys that were added and deleted, in order.
    std::vector<std::string> certkeys;
    std::string harmed;
    /// Nothing was asked or written any more.
    bool quiet = false;
    /// Requests since the harm was armed.
    int writes = 0;
    int reads = 0;
    int leases = 0;
    /// All that the operator said, for failures.
    std::string said;
  };

  FlowBed();
  ~FlowBed() override;

  /// Without harm: it ends when all is quiet and the goal is reached.
  End tell(const Flow& flow) { return tell(flow, nullptr, ""); }
  /// It ends when it is quiet in the state `wanted`, or is not within a time that is ample.
  End tell(const Flow& flow, const ApiPlan& plan, const std::string& wanted) { return tell(flow, &plan, wanted); }

 private:
  End tell(const Flow& flow, const ApiPlan* plan, const std::string& wanted);
  void set_up(const Flow& flow);
  void change(const Flow& flow);
  void clean_up();
  void start(bool with_lease);
  void kill_when_struck(bool with_lease);
  bool is_quiet(std::chrono::milliseconds since) const { return proxy_.quiet() >= since; }
  /// The state now; `events` are filled where given.
  std::string state(std::vector<std::string>* events = nullptr);
  static std::string in_words(sim::Simulator& box);
  std::vector<std::string> certkeys() const;

  ApiProxy proxy_;
  support::Issued a_;
  support::Issued b_;
  support::Issued theirs_;
  std::unique_ptr<Child> operator_;
  std::string said_;
};

}  // namespace cluster
