// Services and service groups: the backends of virtual servers, and the sslservice that each SSL one brings along. The
// appliance's own, which serve its management, are internal.
#include <algorithm>

#include "sim/listing.h"
#include "sim/resources.h"

namespace sim {
namespace {

bool wants_group(const Call& call) {
  return call.resource.ends_with("servicegroup");
}

const char* key_of(bool group) {
  return group ? "servicegroupname" : "name";
}

Json entry_of(const Service& service) {
  Json::Object entry = {{key_of(service.group), service.name}, {"servicetype", service.type}};
  if (!service.group) {
    entry.push_back({"ipaddress", service.ip});
    entry.push_back({"port", service.port});
    entry.push_back({"svrstate", "UP"});
  }
  entry.push_back({"state", "ENABLED"});
  return {std::move(entry)};
}

Json ssl_entry_of(const Service& service) {
  return {Json::Object{{service.group ? "servicegroupname" : "servicename", service.name},
                       {"dh", "DISABLED"},
                       {"ersa", "DISABLED"},
                       {"sessreuse", "ENABLED"},
                       {"ssl3", "DISABLED"},
                       {"tls12", "ENABLED"},
                       {"tls13", "DISABLED"},
                       {"snienable", "DISABLED"},
                       {"serverauth", "DISABLED"}}};
}

Reply add_service(State& state, const Call& call) {
  const bool group = wants_group(call);
  if (auto refused = require(call, {{key_of(group), group ? "serviceGroupName" : "name"}})) return *refused;
  Service service;
  service.name = *call.attribute(key_of(group));
  service.group = group;
  if (const auto type = call.attribute("servicetype")) service.type = *type;
  if (const auto ip = call.attribute("ip")) service.ip = *ip;
  if (state.running().service(service.name, group) != nullptr) {
    return call.idempotent ? created() : failure(273, "name, " + service.name);
  }
  state.running().services.push_back(std::move(service));
  state.touch();
  return created();
}

Reply remove_service(State& state, const std::string& name, bool group) {
  Config& config = state.running();
  std::erase_if(config.services, [&](const Service& s) { return s.name == name && s.group == group; });
  std::erase_if(config.service_bindings[service_kind(group)], [&](const Binding& b) { return b.owner == name; });
  state.touch();
  return done();
}

}  // namespace

Reply handle_service(State& state, const Call& call) {
  const bool group = wants_group(call);
  if (call.method == "POST" && call.action.empty()) return add_service(state, call);
  if (call.method != "GET" && call.method != "DELETE") return failure(1240);
  const std::string name = call.key(key_of(group));
  if (call.method == "GET" && name.empty()) {
    const bool internal = call.arg("internal").value_or("") == "true";
    Json::Array items;
    for (const auto& service : state.running().services) {
      if (service.group == group && service.internal == internal) items.push_back(entry_of(service));
    }
    return listing(call, std::move(items));
  }
  const Service* service = state.running().service(name, group);
  // 344 came with 404 in public issues; groups answer like most named objects.
  if (service == nullptr) return group ? failure(258, "serviceGroupName, " + name) : failure(344);
  if (call.method == "GET") return listing(call, {entry_of(*service)});
  if (service->internal) return failure(257);
  return remove_service(state, name, group);
}

Reply handle_sslservice(State& state, const Call& call) {
  const bool group = wants_group(call);
  if (call.method != "GET") return failure(1240);
  const std::string name = call.key(group ? "servicegroupname" : "servicename");
  if (!name.empty()) {
    const Service* service = state.running().service(name, group);
    if (service == nullptr) return failure(group ? 463 : 462);
    if (!service->is_ssl()) return failure(1544);
    return listing(call, {ssl_entry_of(*service)});
  }
  Json::Array items;
  for (const auto& service : state.running().services) {
    if (service.group == group && service.is_ssl()) items.push_back(ssl_entry_of(service));
  }
  return listing(call, std::move(items));
}

}  // namespace sim
