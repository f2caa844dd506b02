#include "sim/state.h"

#include <ctime>
#include <utility>

namespace sim {
namespace {

struct Place {
  std::string folder;
  std::string name;
};

Place place_of(const Partition& here, const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return {here.ssl_folder(), path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

const File* State::find_file(const std::string& path) const {
  const Place place = place_of(*here, path);
  return here->may_read(place.folder) ? files.find(place.folder, place.name) : nullptr;
}

bool State::remove_file(const std::string& path) {
  const Place place = place_of(*here, path);
  return here->may_read(place.folder) && files.remove(place.folder, place.name);
}

std::string calendar_text(certsync::TimePoint time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[64];
  const std::size_t length = std::strftime(buffer, sizeof(buffer), "%a %b %e %H:%M:%S %Y", &parts);
  return {buffer, length};
}

}  // namespace sim
