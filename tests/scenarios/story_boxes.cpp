#include "scenarios/story_boxes.h"

#include <algorithm>
#include <sstream>

#include <yaml-cpp/yaml.h>

#include "base/time_text.h"

namespace scenarios {

using certsync::parse_duration;

namespace {

// "vs:sni", "p1/vs:vpn", "service/api", "group/pool"
void add_target(sim::Options& options, std::string text) {
  const auto before = [&](const char* prefix) {
    if (!text.starts_with(prefix)) return false;
    text.erase(0, std::string_view(prefix).size());
    return true;
  };
  if (before("service/")) return options.services.push_back({text, false, "SSL"});
  if (before("group/")) return options.services.push_back({text, true, "SSL"});
  auto* vservers = &options.vservers;
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    const auto name = text.substr(0, slash);
    text.erase(0, slash + 1);
    auto found = std::find_if(options.partitions.begin(), options.partitions.end(),
                              [&](const auto& partition) { return partition.name == name; });
    if (found == options.partitions.end()) found = options.partitions.insert(found, {name, {}, {}});
    vservers = &found->vservers;
  }
  sim::VserverOptions vserver;
  std::istringstream in(text);
  std::getline(in, vserver.name, ':');
  for (std::string word; std::getline(in, word, ':');) {
    if (word == "sni") {
      vserver.sni = true;
    } else if (word.starts_with("profile=")) {
      vserver.ssl_profile = word.substr(8);
    } else {
      vserver.type = word;
    }
  }
  vservers->push_back(vserver);
}

}  // namespace

sim::Options box_options(const YAML::Node& story, const YAML::Node& targets) {
  sim::Options options;
  options.max_certkey_name = story["max_name"].as<std::size_t>(options.max_certkey_name);
  for (const auto& target : targets)
    add_target(options, target.as<std::string>());
  const auto& more = story["options"];
  if (!more) return options;
  options.shows_vpn_global = more["tells_vpn_global"].as<bool>(true);
  options.default_profile = more["default_profile"].as<bool>(false);
  for (const auto& profile : more["profiles"])
    options.ssl_profiles.push_back({profile.as<std::string>(), false});
  const auto writes = more["secondary_writes"].as<std::string>("refused");
  options.ha.secondary_writes = writes == "warned"   ? sim::SecondaryWrites::Warned
                                : writes == "silent" ? sim::SecondaryWrites::Silent
                                                     : sim::SecondaryWrites::Refused;
  if (more["failed_on_secondary"].as<std::string>("warning") == "error")
    options.ha.failed_on_secondary = sim::FailedOnSecondary::Error;
  options.ha.busy_after_failover = *parse_duration(more["busy_after_failover"].as<std::string>("0s"));
  return options;
}

}  // namespace scenarios
