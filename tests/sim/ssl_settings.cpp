#include "sim/ssl_settings.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "sim/call.h"
#include "sim/reply.h"

namespace sim {
namespace {

struct Setting {
  const char* name;
  const char* cli;
  bool SslSettings::*member;
};

constexpr std::array<Setting, 4> kSettings = {{{"snienable", "SNIEnable", &SslSettings::sni},
                                               {"clientauth", "clientAuth", &SslSettings::client_auth},
                                               {"tls12", "tls12", &SslSettings::tls12},
                                               {"tls13", "tls13", &SslSettings::tls13}}};

}  // namespace

bool names_ssl_settings(const Call& call) {
  return std::any_of(kSettings.begin(), kSettings.end(),
                     [&](const Setting& setting) { return call.attribute(setting.name).has_value(); });
}

std::optional<Reply> set_ssl_settings(const Call& call, SslSettings& settings) {
  for (const auto& setting : kSettings) {
    const auto text = call.attribute(setting.name);
    if (!text) continue;
    const std::string value = certsync::to_lower(*text);
    if (value != "enabled" && value != "disabled") return failure(1097, setting.cli);
    settings.*setting.member = value == "enabled";
  }
  return std::nullopt;
}

void unset_ssl_settings(const Call& call, SslSettings& settings) {
  const SslSettings defaults;
  for (const auto& setting : kSettings) {
    if (call.attribute(setting.name)) settings.*setting.member = defaults.*setting.member;
  }
}

Json::Object show_ssl_settings(const SslSettings& settings) {
  Json::Object members;
  for (const auto& setting : kSettings) {
    members.push_back({setting.name, settings.*setting.member ? "ENABLED" : "DISABLED"});
  }
  return members;
}

}  // namespace sim
