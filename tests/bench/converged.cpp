#include <algorithm>
#include <memory>
#include <set>

#include "bench/measurements.h"
#include "bench/rig.h"

#include "base/locked.h"

namespace bench {
namespace {

struct Cost {
  double requests = 0;
  double wall = 0;
  double cpu = 0;
  double allocations = 0;
};

/// Of one pass, the best of a few: what else the machine does only adds.
Cost cost_of_pass(Rig& rig, const std::string& appliance, const Boxes& boxes) {
  constexpr int kPasses = 3;
  Cost best;
  for (int i = 0; i < kPasses; ++i) {
    const double requests = boxes.requests(0).all;
    const double cpu = cpu_milliseconds();
    const auto allocated = allocations();
    const Stopwatch watch;
    rig.pass(appliance);
    const Cost cost{boxes.requests(0).all - requests, watch.milliseconds(), cpu_milliseconds() - cpu,
                    static_cast<double>(allocations() - allocated)};
    if (i == 0 || cost.cpu < best.cpu) best = cost;
  }
  return best;
}

void measure_one_appliance(const Report& report, int certkeys) {
  Boxes boxes(1);
  Estate estate(certkeys, 1);
  Rig rig(estate);
  rig.add_appliance("edge", boxes[0]);
  for (int i = 0; i < certkeys; ++i)
    rig.add_sync(i, "edge", i == 0);
  rig.complete();
  rig.pass("edge");
  const Cost cost = cost_of_pass(rig, "edge", boxes);
  const double n = certkeys;
  const std::string curve = "converged pass, certkeys on one appliance";
  report.say({"requests for each pass", "us", "count", cost.requests, n, curve});
  report.say({"wall time of a pass", "us", "ms", cost.wall, n, curve});
  report.say({"CPU for each certkey and pass", "us", "us", cost.cpu * 1000 / n, n, curve});
  report.say({"allocations for each certkey and pass", "us", "count", cost.allocations / n, n, curve});
  rig.log_out();
}

/// Names of resources that are Ready.
class Ready {
 public:
  void told(const certsync::model::CertSync& sync) {
    const auto* ready = certsync::model::find_condition(sync.status.conditions, "Ready");
    const bool is = ready != nullptr && ready->status == certsync::model::ConditionStatus::True;
    names_.with(
        [&](auto& names) { is ? (void)names.insert(sync.meta.ref.name) : (void)names.erase(sync.meta.ref.name); });
  }
  std::size_t count() const {
    return names_.with([](const auto& names) { return names.size(); });
  }

 private:
  certsync::Locked<std::set<std::string>> names_;
};

/// RSS and passes of many appliances; what the estate itself takes, which a cluster would hold, is taken off.
void measure_many_appliances(const Report& report, int appliances, int certkeys_each) {
  const int total = appliances * certkeys_each;
  Boxes boxes(appliances);
  Estate estate(total, 1);
  const double empty = resident_megabytes();
  Ready ready;
  Rig rig(estate, [&](const auto& sync) { ready.told(sync); });
  for (int a = 0; a < appliances; ++a) {
    const std::string name = "edge-" + std::to_string(a);
    rig.add_appliance(name, boxes[static_cast<std::size_t>(a)]);
    for (int i = 0; i < certkeys_each; ++i)
      rig.add_sync(a * certkeys_each + i, name, i == 0);
  }
  rig.complete();
  const Stopwatch first;
  rig.run([&] { return ready.count() == static_cast<std::size_t>(total); });
  const double deployed = first.milliseconds();
  const double cpu = cpu_milliseconds();
  const Stopwatch watch;
  for (int a = 0; a < appliances; ++a)
    rig.pass("edge-" + std::to_string(a));
  const double wall = watch.milliseconds();
  const double x = appliances;
  const std::string curve = "converged appliances of " + std::to_string(certkeys_each) + " certkeys";
  report.say({"first deployment, for each certkey", "us", "ms", deployed / total, x, curve});
  report.say({"wall time of a pass over all, for each certkey", "us", "us", wall * 1000 / total, x, curve});
  report.say(
      {"CPU of a pass over all, for each certkey", "us", "us", (cpu_milliseconds() - cpu) * 1000 / total, x, curve});
  report.say({"RSS for each certkey", "us", "B", (resident_megabytes() - empty) * (1 << 20) / total, x, curve});
  report.say({"RSS of the operator", "us", "MB", resident_megabytes() - empty, x, curve});
  rig.log_out();
}

}  // namespace

void measure_converged(const Report& report, bool quick) {
  for (const int certkeys : quick ? std::vector{1, 10} : std::vector{1, 100, 10'000})
    measure_one_appliance(report, certkeys);
}

void measure_estate(const Report& report, bool quick) {
  for (const int appliances : quick ? std::vector{2} : std::vector{20, 200})
    measure_many_appliances(report, appliances, quick ? 3 : 500);
}

}  // namespace bench
