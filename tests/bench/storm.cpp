#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bench/measurements.h"
#include "bench/rig.h"

#include "base/locked.h"

namespace bench {
namespace {

/// When the last resource of each appliance was said to be Ready with its new certificate.
class Finish {
 public:
  explicit Finish(int each) : each_(each) {}

  void begin() {
    state_.with([](State& state) {
      state.watch = {};
      state.counted.clear();
      state.finished.clear();
    });
  }
  void told(const certsync::model::CertSync& sync) {
    const auto* ready = certsync::model::find_condition(sync.status.conditions, "Ready");
    if (ready == nullptr || ready->status != certsync::model::ConditionStatus::True) return;
    if (sync.status.certificates.empty()) return;
    state_.with([&](State& state) {
      auto& deployed = state.deployed[sync.meta.ref.name];
      if (deployed == sync.status.certificates.front().sha256) return;
      deployed = sync.status.certificates.front().sha256;
      if (++state.counted[sync.spec.appliances.front()] == each_) state.finished.push_back(state.watch.milliseconds());
    });
  }
  /// Milliseconds, in the order of finishing.
  std::vector<double> finished() const {
    return state_.with([](const State& state) { return state.finished; });
  }

 private:
  struct State {
    Stopwatch watch;
    std::map<std::string, std::string> deployed;
    std::map<std::string, int> counted;
    std::vector<double> finished;
  };
  int each_;
  certsync::Locked<State> state_;
};

double open_sockets() {
  double count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    count += std::filesystem::read_symlink(entry, gone).string().starts_with("socket:") ? 1 : 0;
  }
  return count;
}

}  // namespace

void measure_storm(const Report& report, bool quick) {
  const int appliances = quick ? 4 : 1000;
  const int each = quick ? 2 : 10;
  Boxes boxes(appliances);
  Estate estate(appliances * each);
  const double empty = resident_megabytes();
  Finish finish(each);
  Rig rig(estate, [&](const auto& sync) { finish.told(sync); });
  for (int a = 0; a < appliances; ++a) {
    const std::string name = "edge-" + std::to_string(a);
    rig.add_appliance(name, boxes[static_cast<std::size_t>(a)]);
    for (int i = 0; i < each; ++i)
      rig.add_sync(a * each + i, name, i == 0);
  }
  rig.complete();
  const auto all = [&] { return finish.finished().size() == static_cast<std::size_t>(appliances); };
  std::vector<double> times;
  bool renewing = false;
  reset_peak();
  double cpu = 0;
  rig.run([&] {
    if (!all()) return false;
    if (renewing) return true;
    renewing = true;
    cpu = cpu_milliseconds();
    finish.begin();
    estate.renew();
    rig.put_secrets();
    return false;
  });
  times = finish.finished();
  const std::string storm =
      "storm of " + std::to_string(appliances) + " appliances, " + std::to_string(each) + " certificates each: ";
  report.say({storm + "wall time", "us", "ms", times.back()});
  report.say({storm + "first appliance done", "us", "ms", times.front()});
  report.say({storm + "median appliance done", "us", "ms", times[times.size() / 2]});
  report.say({storm + "CPU for each certificate", "us", "ms", (cpu_milliseconds() - cpu) / estate.size()});
  report.say({storm + "peak RSS", "us", "MB", peak_megabytes() - empty});
  report.say({storm + "open sockets", "us", "count", open_sockets()});
  rig.log_out();
}

}  // namespace bench
