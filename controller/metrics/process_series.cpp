#include "metrics/process_series.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

#include "metrics/samples.h"

namespace certsync::metrics {
namespace {

std::string single(const SeriesName& name, double value, std::string_view type = "gauge") {
  Samples samples;
  samples.set(name, {}, value);
  return heading(name, type) + samples.lines().at(&name);
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

std::string process_series() {
  std::string text;
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  if (const auto stat = read_stat()) {
    text += single(kProcessCpu, stat->cpu_ticks / ticks_per_second, "counter");
    text += single(kProcessVirtualMemory, stat->virtual_bytes);
    text += single(kProcessResidentMemory, stat->resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    text += single(kProcessThreads, stat->threads);
    if (const auto boot = read_boot_time())
      text += single(kProcessStartTime, *boot + stat->start_ticks / ticks_per_second);
  }
  if (const auto open = count_open_files()) text += single(kProcessOpenFds, *open);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) text += single(kProcessMaxFds, static_cast<double>(limit.rlim_cur));
  return text;
}

}  // namespace certsync::metrics
