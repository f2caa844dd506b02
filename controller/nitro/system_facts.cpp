#include "nitro/system_facts.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "nitro/members.h"

namespace certsync::nitro {

using nlohmann::json;

Result<std::optional<TimePoint>> read_system_time(const std::string& body) {
  const auto list = elements(body, "nsconfig");
  if (!list) return tl::unexpected(list.error());
  const auto seconds = list->empty() ? std::nullopt : number_of(list->front(), "systemtime");
  // Beyond the year 9999 it is no time.
  constexpr long long kLatest = 253'402'300'799;
  if (!seconds || *seconds <= 0 || *seconds > kLatest) return std::optional<TimePoint>();
  return std::optional(nearest_time(std::chrono::seconds(*seconds)));
}

Result<SessionCount> read_sessions(const std::string& body) {
  const auto list = elements(body, "systemsession");
  if (!list) return tl::unexpected(list.error());
  SessionCount count;
  for (const auto& session : *list)
    if (true_of(session, "currentconn")) count.username = text_of(session, "username");
  count.open = static_cast<int>(std::count_if(list->begin(), list->end(), [&](const json& session) {
    return count.username.empty() || text_of(session, "username") == count.username;
  }));
  return count;
}

Result<DiskUse> read_disk(const std::string& body) {
  const auto list = elements(body, "system");
  if (!list) return tl::unexpected(list.error());
  DiskUse use;
  if (list->empty()) return use;
  const auto& system = list->front();
  if (const auto number = number_of(system, "disk0perusage"))
    use.percent = static_cast<int>(std::clamp(*number, 0LL, 100LL));
  // Some builds write it with a fraction.
  const auto found = system.find("disk0perusage");
  if (!use.percent && found != system.end() && found->is_number_float())
    use.percent = static_cast<int>(std::clamp(found->get<double>(), 0.0, 100.0));
  use.megabytes_left = number_of(system, "disk0avail");
  return use;
}

}  // namespace certsync::nitro
