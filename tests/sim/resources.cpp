#include "sim/resources.h"

#include <algorithm>
#include <map>

namespace sim {
namespace {

const std::map<std::string, Handler>& handlers() {
  static const std::map<std::string, Handler> kHandlers = {
      {"systemfile", handle_systemfile},
      {"sslcertkey", handle_sslcertkey},
      {"sslcertlink", handle_sslcertlink},
      {"sslcertificatechain", handle_sslcertificatechain},
      {"sslcertchain_binding", handle_sslcertchain_binding},
      {"sslcertkey_binding", handle_sslcertkey_binding},
      {"sslcertkey_sslvserver_binding", handle_sslcertkey_sslvserver_binding},
      {"sslcertkey_service_binding", handle_sslcertkey_service_binding},
      {"sslvserver", handle_sslvserver},
      {"sslvserver_sslcertkey_binding", handle_sslvserver_sslcertkey_binding},
      {"sslvserver_binding", handle_sslvserver_binding},
      {"sslservice_sslcertkey_binding", handle_sslservice_sslcertkey_binding},
      {"sslservicegroup_sslcertkey_binding", handle_sslservice_sslcertkey_binding},
      {"service", handle_service},
      {"servicegroup", handle_service},
      {"sslservice", handle_sslservice},
      {"sslservicegroup", handle_sslservice},
      {"sslfipskey", handle_sslfipskey},
      {"lbvserver", handle_vserver},
      {"csvserver", handle_vserver},
      {"vpnvserver", handle_vserver},
      {"authenticationvserver", handle_vserver},
      {"vpnglobal_sslcertkey_binding", handle_vpnglobal_sslcertkey_binding},
      {"adfsproxyprofile", handle_adfsproxyprofile},
      {"nsconfig", handle_nsconfig},
      {"nsversion", handle_nsversion},
      {"nshardware", handle_nshardware},
      {"nsfeature", handle_nsfeature},
      {"hanode", handle_hanode},
      {"hafiles", handle_hafiles},
      {"hasync", handle_hasync},
      {"nspartition", handle_nspartition},
      {"systemsession", handle_systemsession},
      {"system", handle_system},
      {"systemcmdpolicy", handle_systemcmdpolicy},
      {"systemuser", handle_systemuser},
      {"systemuser_systemcmdpolicy_binding", handle_systemuser_systemcmdpolicy_binding},
      {"sslparameter", handle_sslparameter},
      {"sslprofile", handle_sslprofile},
  };
  return kHandlers;
}

}  // namespace

Handler find_handler(const Call& call) {
  const auto found = handlers().find(call.resource);
  if (found == handlers().end()) return nullptr;
  // Of the statistics only those of high availability and of the system are served.
  if (call.stat && call.resource != "hanode" && call.resource != "system") return nullptr;
  if (!call.stat && call.resource == "system") return nullptr;
  return found->second;
}

std::optional<Reply> check_attributes(const Call& call, const std::vector<Attribute>& known,
                                      const std::vector<std::string>& allowed) {
  for (const auto& [name, value] : call.object.object()) {
    const auto attribute = std::find_if(known.begin(), known.end(), [&](const Attribute& a) { return name == a.name; });
    if (attribute == known.end()) return failure(1090, name);
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) return failure(278, attribute->cli);
    if (value.is_object() || value.is_array()) return failure(1234, attribute->cli);
  }
  return std::nullopt;
}

std::optional<Reply> require(const Call& call, const std::vector<Attribute>& needed) {
  for (const auto& attribute : needed) {
    if (call.attribute(attribute.name).value_or("").empty()) return failure(1095, attribute.cli);
  }
  return std::nullopt;
}

std::optional<Reply> check_arg_flags(const Call& call, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    const auto value = call.arg(name);
    if (value && *value != "true" && *value != "false") return failure(1097, name);
  }
  return std::nullopt;
}

}  // namespace sim
