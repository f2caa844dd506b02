#include "metrics/process_series.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

#include "metrics/object_series.h"

namespace certsync::metrics {
namespace {

using prometheus::MetricFamily;

MetricFamily single(const SeriesName& name, double value) {
  auto family = gauge_family(name);
  family.metric.resize(1);
  family.metric.front().gauge.value = value;
  return family;
}

MetricFamily counter(const SeriesName& name, double value) {
  auto family = single(name, 0);
  family.type = prometheus::MetricType::Counter;
  family.metric.front().counter.value = value;
  return family;
}

struct Stat {
  double cpu_ticks = 0;
  double threads = 0;
  double start_ticks = 0;
  double virtual_bytes = 0;
  double resident_pages = 0;
};

/// proc(5), /proc/pid/stat; the fields after the command, which stands in brackets and may hold anything.
std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  if (!std::getline(file, line) || line.rfind(')') == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string state;
  fields >> state;
  constexpr int kFirst = 4;
  constexpr int kLast = 24;
  std::array<double, kLast + 1> field{};
  for (int i = kFirst; i <= kLast; ++i) {
    if (!(fields >> field[static_cast<std::size_t>(i)])) return std::nullopt;
  }
  return Stat{field[14] + field[15], field[20], field[22], field[23], field[24]};
}

/// When the machine started, in Unix seconds.
std::optional<double> read_boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::nullopt;
}

std::optional<double> count_open_files() {
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  double count = 0;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++count;
  }
  if (error) return std::nullopt;
  // Without the one that lists.
  return count - 1;
}

}  // namespace

std::vector<MetricFamily> ProcessSeries::Collect() const {
  std::vector<MetricFamily> families;
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  if (const auto stat = read_stat()) {
    families.push_back(counter(kProcessCpu, stat->cpu_ticks / ticks_per_second));
    families.push_back(single(kProcessVirtualMemory, stat->virtual_bytes));
    families.push_back(
        single(kProcessResidentMemory, stat->resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE))));
    families.push_back(single(kProcessThreads, stat->threads));
    if (const auto boot = read_boot_time())
      families.push_back(single(kProcessStartTime, *boot + stat->start_ticks / ticks_per_second));
  }
  if (const auto open = count_open_files()) families.push_back(single(kProcessOpenFds, *open));
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    families.push_back(single(kProcessMaxFds, static_cast<double>(limit.rlim_cur)));
  return families;
}

}  // namespace certsync::metrics
