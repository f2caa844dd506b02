#include "model/target.h"

#include <array>

namespace certsync::model {
namespace {

constexpr std::string_view kService = "service/";
constexpr std::string_view kServiceGroup = "serviceGroup/";

}  // namespace

std::string to_text(const Target& target) {
  switch (target.kind) {
    case TargetKind::VirtualServer:
      break;
    case TargetKind::Service:
      return std::string(kService) + target.name;
    case TargetKind::ServiceGroup:
      return std::string(kServiceGroup) + target.name;
  }
  return target.name;
}

Target read_target(std::string_view text) {
  if (text.starts_with(kService)) return {TargetKind::Service, std::string(text.substr(kService.size()))};
  if (text.starts_with(kServiceGroup)) {
    return {TargetKind::ServiceGroup, std::string(text.substr(kServiceGroup.size()))};
  }
  return {std::string(text)};
}

std::string words(const Target& target) {
  switch (target.kind) {
    case TargetKind::VirtualServer:
      break;
    case TargetKind::Service:
      return "service " + target.name;
    case TargetKind::ServiceGroup:
      return "service group " + target.name;
  }
  return "virtual server " + target.name;
}

bool is_internal(const Target& target) {
  if (target.kind == TargetKind::VirtualServer) return false;
  static constexpr std::array<std::string_view, 6> kPrefixes = {"nshttps-", "nshttp-",  "nsrpcs-",
                                                                "nsrpc-",   "nskrpcs-", "nsrnatsip-"};
  for (const auto prefix : kPrefixes) {
    if (target.name.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace certsync::model
