// Every request of a flow to the API server, harmed in every way: a lie in place of the answer, or a SIGKILL around it.
// The end is that of the flow without harm, nothing is made or deleted twice, and no Event is multiplied.
#include <algorithm>
#include <iostream>
#include <optional>
#include <set>
#include <sstream>

#include "cluster/flow_bed.h"

#include "support/campaign.h"

namespace cluster {
namespace {

constexpr ApiFault kLies[] = {ApiFault::Conflict, ApiFault::Invalid,     ApiFault::Forbidden,   ApiFault::TooMany,
                              ApiFault::Broken,   ApiFault::ResetBefore, ApiFault::BrokenAfter, ApiFault::ResetAfter,
                              ApiFault::HalfBody, ApiFault::WrongJson};
constexpr ApiFault kDeaths[] = {ApiFault::HangBefore, ApiFault::HangAfter, ApiFault::HangNext};
/// What is taken, told, renewed: more of them come in time, and are like the third.
constexpr int kLeases = 3;

class ClusterApiFaults : public FlowBed, public testing::WithParamInterface<Flow> {
 protected:
  static std::string words(const ApiPlan& plan, const End& end) {
    return to_text(plan.fault) + " at " + to_text(plan.family) + " " + std::to_string(plan.at) + " (" + end.harmed +
           ")";
  }

  static std::string lines_of(const std::string& text, const std::string& other, const std::string& what) {
    std::istringstream in(other);
    std::multiset<std::string> others;
    for (std::string line; std::getline(in, line);)
      others.insert(line);
    in = std::istringstream(text);
    std::string found;
    for (std::string line; std::getline(in, line);) {
      const auto same = others.find(line);
      if (same == others.end())
        found += what + line + "\n";
      else
        others.erase(same);
    }
    return found;
  }

  /// What is wrong about it; empty = nothing.
  static std::string compare(const ApiPlan& plan, const End& wanted, const End& found) {
    std::string wrong;
    wrong += lines_of(found.state, wanted.state, "too much: ") + lines_of(wanted.state, found.state, "missing: ");
    if (!found.quiet) wrong += "it never came to rest\n";
    if (wrong.empty() && found.state != wanted.state) wrong = "other order:\n" + found.state;
    if (found.certkeys != wanted.certkeys) {
      wrong += "certkeys wanted " + testing::PrintToString(wanted.certkeys) + ", found " +
               testing::PrintToString(found.certkeys) + "\n";
    }
    // Each refusal may cost another try, each process its own start.
    const int most_writes = (plan.fault >= ApiFault::HangBefore ? 2 : 1) * wanted.writes + 4 * plan.times;
    if (found.writes > most_writes) wrong += std::to_string(found.writes) + " writes at the API server\n";
    for (const auto& event : found.events) {
      const auto times = [&](const End& end) { return std::count(end.events.begin(), end.events.end(), event); };
      // Another process may tell the same news again; one does not.
      const auto most = std::max<std::ptrdiff_t>(1, times(wanted)) + (plan.fault >= ApiFault::HangBefore ? 1 : 0);
      if (times(found) > most) wrong += "multiplied: " + event + "\n";
    }
    // Events may be lost where they are refused, or with the process, but with nothing else.
    const bool lost = plan.fault >= ApiFault::HangBefore || found.harmed.find("/events") != std::string::npos;
    for (const auto& event : wanted.events) {
      if (!lost && std::count(found.events.begin(), found.events.end(), event) == 0)
        wrong += "missing: " + event + "\n";
    }
    return wrong;
  }

  static void say_requests(const std::string& flow, const End& end) {
    std::cout << "[          ] " << flow << ": " << end.writes << " writes and " << end.reads
              << " reads at the API server, " << end.events.size() << " Events\n";
  }

  /// Nothing: its request never came, which happens where threads race.
  std::optional<bool> ends_alike(const ApiPlan& plan, const End& wanted) {
    const auto found = tell(GetParam(), plan, wanted.state);
    if (found.harmed.empty()) return std::nullopt;
    const auto wrong = compare(plan, wanted, found);
    EXPECT_EQ(wrong, "") << words(plan, found) << "\n" << found.said;
    return wrong.empty();
  }
};

TEST_P(ClusterApiFaults, EndAlike) {
  const auto wanted = tell(GetParam());
  say_requests(GetParam().name, wanted);
  ASSERT_NE(wanted.state, "");
  const support::Campaign campaign;
  std::vector<ApiPlan> lies;
  std::vector<ApiPlan> deaths;
  // Whoever comes after such a one waits for its Lease to run out.
  std::vector<ApiPlan> deaths_of_leaders;
  for (const auto& [family, count] :
       {std::pair(Family::Write, wanted.writes), {Family::Read, wanted.reads}, {Family::Lease, kLeases}}) {
    for (int at = 1; at <= count; ++at) {
      for (const auto fault : kLies)
        lies.push_back({family, at, fault, at % 2 == 0 ? 3 : 1});
      for (const auto fault : kDeaths) {
        if (family == Family::Write) deaths.push_back({family, at, fault});
        if (family == Family::Lease) deaths_of_leaders.push_back({family, at, fault});
      }
    }
  }
  const auto run = [&](const std::string& name, const std::vector<ApiPlan>& plans, int sample) {
    int done = 0;
    int differences = 0;
    for (const int number : campaign.pick(static_cast<int>(plans.size()), sample, GetParam().name + name)) {
      const auto alike = ends_alike(plans.at(static_cast<std::size_t>(number) - 1), wanted);
      done += alike ? 1 : 0;
      differences += alike.value_or(true) ? 0 : 1;
    }
    support::report(name, done, differences);
  };
  run("api-answers", lies, 2);
  run("api-sigkill", deaths, 1);
  run("api-sigkill", deaths_of_leaders, 0);
}

INSTANTIATE_TEST_SUITE_P(Flows, ClusterApiFaults, testing::ValuesIn(flows()),
                         [](const auto& entry) { return entry.param.name; });

}  // namespace
}  // namespace cluster
