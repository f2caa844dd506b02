// What a certkey can be bound to. NetScaler keeps the bindings of each kind in a resource of its own:
// sslvserver_, sslservice_ and sslservicegroup_sslcertkey_binding.
#pragma once

#include <string>
#include <string_view>

namespace certsync::model {

/// Load balancing, content switching, VPN and authentication virtual servers are one kind here, as they are for SSL.
enum class TargetKind { VirtualServer, Service, ServiceGroup };

struct Target {
  Target() = default;
  /// A virtual server.
  Target(std::string name_) : name(std::move(name_)) {}  // NOLINT(google-explicit-constructor)
  Target(const char* name_) : name(name_) {}             // NOLINT(google-explicit-constructor)
  Target(TargetKind kind_, std::string name_) : kind(kind_), name(std::move(name_)) {}

  TargetKind kind = TargetKind::VirtualServer;
  std::string name;

  auto operator<=>(const Target&) const = default;
};

/// "vs_www", "service/api", "serviceGroup/api": no name has a slash (error 1075 lists what it may have).
std::string to_text(const Target& target);
/// The other way round.
Target read_target(std::string_view text);
/// "virtual server vs_www"
std::string words(const Target& target);
/// Services that the appliance made for itself: management, RPC, and their like begin so. Never touched.
bool is_internal(const Target& target);

}  // namespace certsync::model
