// The CLI command a NITRO request turns into. Published command policies are regexes over these texts, for example
// j81blog/GenLeCertForNS: (^(add|rm)\s+system\s+file.*-fileLocation.*nsconfig.*ssl.*).
#include <map>

#include "base/encoding.h"
#include "sim/resources.h"

namespace sim {
namespace {

const std::map<std::string, std::string>& nouns() {
  static const std::map<std::string, std::string> kNouns = {
      {"systemfile", "system file"},
      {"sslcertkey", "ssl certKey"},
      {"sslcertlink", "ssl certLink"},
      {"sslcertificatechain", "ssl certificateChain"},
      {"sslcertchain_binding", "ssl certChain"},
      {"sslcertkey_binding", "ssl certKey"},
      {"sslcertkey_sslvserver_binding", "ssl certKey"},
      {"sslcertkey_service_binding", "ssl certKey"},
      {"sslvserver", "ssl vserver"},
      {"sslvserver_sslcertkey_binding", "ssl vserver"},
      {"sslvserver_binding", "ssl vserver"},
      {"sslservice_sslcertkey_binding", "ssl service"},
      {"sslservicegroup_sslcertkey_binding", "ssl serviceGroup"},
      {"service", "service"},
      {"servicegroup", "serviceGroup"},
      {"sslservice", "ssl service"},
      {"sslservicegroup", "ssl serviceGroup"},
      {"sslfipskey", "ssl fipsKey"},
      {"lbvserver", "lb vserver"},
      {"csvserver", "cs vserver"},
      {"vpnvserver", "vpn vserver"},
      {"authenticationvserver", "authentication vserver"},
      {"vpnglobal_sslcertkey_binding", "vpn global"},
      {"adfsproxyprofile", "authentication adfsProxyProfile"},
      {"nsconfig", "ns config"},
      {"nsversion", "ns version"},
      {"nshardware", "ns hardware"},
      {"nsfeature", "ns feature"},
      {"hanode", "HA node"},
      {"hafiles", "HA files"},
      {"hasync", "HA sync"},
      {"nspartition", "ns partition"},
      {"systemsession", "system session"},
      {"system", "system"},
      {"systemcmdpolicy", "system cmdPolicy"},
      {"systemuser", "system user"},
      {"systemuser_systemcmdpolicy_binding", "system user"},
      {"sslparameter", "ssl parameter"},
      {"sslprofile", "ssl profile"},
  };
  return kNouns;
}

std::string verb_of(const Call& call) {
  if (call.method == "GET") return call.stat ? "stat" : "show";
  const bool binding = call.resource.ends_with("_binding");
  if (call.method == "DELETE") return binding ? "unbind" : "rm";
  if (binding) return "bind";
  if (call.method == "PUT") return "set";
  return call.action.empty() ? "add" : call.action;
}

std::string option(const Call& call, const char* attribute, const char* flag) {
  auto value = call.attribute(attribute);
  if (!value) value = call.arg(attribute);
  return value ? std::string(" -") + flag + " " + *value : "";
}

std::string system_file(const Call& call) {
  const std::string name = call.key("filename");
  const std::string folder = call.attribute("filelocation").value_or(call.arg("filelocation").value_or(""));
  return (name.empty() ? "" : " " + name) + " -fileLocation \"" + folder + "\"";
}

std::string certkey(const Call& call) {
  std::string text = call.key("certkey").empty() ? "" : " " + call.key("certkey");
  if (call.action == "link") return text + " " + call.attribute("linkcertkeyname").value_or("");
  text += option(call, "cert", "cert") + option(call, "key", "key") + option(call, "fipskey", "fipsKey") +
          option(call, "inform", "inform");
  text += option(call, "expirymonitor", "expiryMonitor") + option(call, "notificationperiod", "notificationPeriod");
  if (call.flag("nodomaincheck")) text += " -noDomainCheck";
  if (call.arg("deletefromdevice").value_or("") == "true") text += " -deleteFromDevice";
  return text;
}

std::string owner_of(const Call& call) {
  for (const char* key : {"vservername", "servicename", "servicegroupname", "name"}) {
    if (const auto value = call.attribute(key)) return " " + *value;
  }
  return call.name.empty() ? "" : " " + call.name;
}

std::string bound_certkey(const Call& call) {
  std::string text = option(call, "certkeyname", "certkeyName");
  if (call.flag("snicert") || call.arg("snicert").value_or("") == "true") text += " -SNICert";
  if (call.flag("ca") || call.arg("ca").value_or("") == "true") text += " -CA";
  return text;
}

/// What a set changes; nothing secret is among it.
std::string settings(const Call& call) {
  std::string text;
  for (const auto& [name, value] : call.object.object()) {
    const bool key = name == "vservername" || name == "name";
    if (!key && !value.is_object() && !value.is_array()) text += " -" + name + " " + value.text();
  }
  return text;
}

}  // namespace

std::string cli_command(const Call& call) {
  const auto noun = nouns().find(call.resource);
  std::string text = verb_of(call) + " " + (noun == nouns().end() ? call.resource : noun->second);
  if (call.resource == "systemfile") return text + system_file(call);
  if (call.resource == "sslcertkey") return text + certkey(call);
  if (call.resource.ends_with("sslcertkey_binding")) return text + owner_of(call) + bound_certkey(call);
  if (call.resource == "nspartition") return text + option(call, "partitionname", "partitionName");
  text += owner_of(call);
  const bool sets = call.method == "PUT" && (call.resource == "sslvserver" || call.resource == "sslprofile");
  return sets ? text + settings(call) : text;
}

}  // namespace sim
