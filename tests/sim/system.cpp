// The appliance about itself: configuration, version, hardware, high availability, partitions, sessions.
#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "sim/listing.h"
#include "sim/resources.h"

namespace sim {
namespace {

constexpr const char* kClientAddress = "127.0.0.1";
// netscaler/adc-nitro-go, hafiles.
constexpr std::array<std::string_view, 7> kFileSyncModes = {"all",     "bookmarks", "ssl",          "htmlinjection",
                                                            "imports", "misc",      "all_plus_misc"};

/// The node whose configuration counts.
const State& primary_of(const State& state) {
  const State* peer = state.ha->peer_of(state);
  return peer == nullptr || state.ha->is_primary(state) ? state : *peer;
}

Json::Object config_entry(const State& state) {
  return {{"ipaddress", state.options.host},
          {"netmask", "255.0.0.0"},
          {"mappedip", "0.0.0.0"},
          {"range", "1"},
          {"systemtype", state.ha->peer_of(state) == nullptr ? "Stand-alone" : "HA"},
          {"primaryip", primary_of(state).options.host},
          {"timezone", "GMT"},
          {"lastconfigchangedtime", calendar_text(state.here->changed_at)},
          {"lastconfigsavetime", calendar_text(state.here->saved_at)},
          // Misspelt on the appliance.
          {"currentsytemtime", calendar_text(state.now())},
          {"systemtime", std::to_string(std::chrono::system_clock::to_time_t(state.now()))},
          {"configchanged", state.here->config_changed}};
}

void save(Partition& partition, certsync::TimePoint now) {
  partition.saved = partition.running;
  partition.saved_at = now;
  partition.config_changed = false;
}

std::string role_of(const State& state) {
  if (state.ha->peer_of(state) == nullptr) return state.ha_state;
  return state.ha->is_primary(state) ? "Primary" : "Secondary";
}

/// Numbers as numbers and as strings, as in the structs of public exporters.
Json node_entry(const char* id, const State& node) {
  return {Json::Object{{"id", id},
                       {"name", "sim"},
                       {"ipaddress", node.options.host},
                       {"flags", "16"},
                       {"hastatus", "UP"},
                       {"state", role_of(node)},
                       {"hasync", "ENABLED"},
                       {"haprop", "ENABLED"},
                       {"inc", "DISABLED"},
                       {"failsafe", "OFF"},
                       {"masterstatetime", 3600},
                       {"hellointerval", 200},
                       {"deadinterval", 3},
                       {"curflips", "0"},
                       {"maxflips", "0"}}};
}

Json partition_entry(const State& state, const Partition& partition) {
  Json::Object entry = {{"partitionname", partition.name}, {"partitionid", std::to_string(partition.number)}};
  if (partition.is_default()) {
    entry.push_back({"partitiontype", "Default Partition"});
  } else if (&partition == state.here) {
    entry.push_back({"partitiontype", "Current Partition"});
  }
  entry.push_back({"maxbandwidth", "10240"});
  entry.push_back({"maxconn", "1024"});
  return {std::move(entry)};
}

}  // namespace

Reply handle_nsconfig(State& state, const Call& call) {
  // An object here, where other resources have a list.
  if (call.method == "GET") return object_of(call.resource, Json(config_entry(state)));
  if (call.method != "POST" || call.action != "save") return failure(1240);
  if (state.now() < state.saving_until) return failure(293);
  state.saving_until = state.now() + state.options.save_time;
  for (auto& [name, partition] : state.partitions) {
    if (&partition == state.here || call.flag("all")) save(partition, state.now());
  }
  return done();
}

Reply handle_nsversion(State& state, const Call& call) {
  if (call.method != "GET") return failure(1240);
  return object_of(call.resource,
                   Json(Json::Object{{"version", state.options.version}, {"mode", "1"}, {"installedversion", true}}));
}

Reply handle_nshardware(State& /*state*/, const Call& call) {
  if (call.method != "GET") return failure(1240);
  return object_of(call.resource, Json(Json::Object{{"hwdescription", "NetScaler Virtual Appliance"},
                                                    {"sysid", "450010"},
                                                    {"manufactureday", 1},
                                                    {"manufacturemonth", 1},
                                                    {"manufactureyear", 2024},
                                                    {"cpufrequncy", 2400},
                                                    {"hostid", 1},
                                                    {"host", "sim"},
                                                    {"serialno", "SIM0000001"},
                                                    {"encodedserialno", "SIM0000001"}}));
}

Reply handle_nsfeature(State& state, const Call& call) {
  auto& features = state.running().features;
  if (call.method == "GET") {
    Json::Object entry;
    Json::Array names;
    for (const char* feature : {"LB", "CS", "SSL", "SSLVPN", "AAA", "RESPONDER", "REWRITE", "GSLB"}) {
      entry.push_back({certsync::to_lower(feature), features.contains(feature)});
      if (features.contains(feature)) names.emplace_back(feature);
    }
    entry.push_back({"feature", std::move(names)});
    return object_of(call.resource, Json(std::move(entry)));
  }
  if (call.method != "POST" || (call.action != "enable" && call.action != "disable")) return failure(1240);
  const Json* wanted = call.object.find("feature");
  if (wanted == nullptr) return failure(1095, "feature");
  const Json::Array names = wanted->is_array() ? wanted->array() : Json::Array{*wanted};
  for (const auto& name : names) {
    if (call.action == "enable") features.insert(name.text());
    if (call.action == "disable") features.erase(name.text());
  }
  state.touch();
  return done();
}

Reply handle_hanode(State& state, const Call& call) {
  if (call.method != "GET") return failure(1240);
  const State* peer = state.ha->peer_of(state);
  if (call.stat) {
    return object_of(call.resource, Json(Json::Object{{"hacurstatus", peer == nullptr ? "NO" : "YES"},
                                                      {"hacurstate", "UP"},
                                                      {"hacurmasterstate", role_of(state)}}));
  }
  // Node 0 is the one that answers.
  Json::Array nodes;
  nodes.push_back(node_entry("0", state));
  if (peer != nullptr) nodes.push_back(node_entry("1", *peer));
  if (!call.name.empty()) {
    std::erase_if(nodes, [&](const Json& node) { return node.find("id")->text() != call.name; });
    if (nodes.empty()) return failure(258, "id, " + call.name);
  }
  return listing(call, std::move(nodes));
}

Reply handle_hafiles(State& state, const Call& call) {
  if (call.method != "POST" || call.action != "sync") return failure(1240);
  const Json* modes = call.object.find("mode");
  const Json::Array wanted = modes == nullptr    ? Json::Array{Json("all")}
                             : modes->is_array() ? modes->array()
                                                 : Json::Array{*modes};
  bool ssl = false;
  for (const auto& mode : wanted) {
    const std::string text = certsync::to_lower(mode.text());
    if (std::find(kFileSyncModes.begin(), kFileSyncModes.end(), text) == kFileSyncModes.end()) {
      return failure(1097, "mode");
    }
    ssl = ssl || text == "ssl" || text.starts_with("all");
  }
  if (ssl) state.ha->sync_files_locked();
  return done();
}

Reply handle_hasync(State& state, const Call& call) {
  if (call.method != "POST" || call.action != "force") return failure(1240);
  state.ha->sync_config_locked();
  return done();
}

Reply handle_nspartition(State& state, const Call& call) {
  if (call.method == "GET") {
    Json::Array items(state.partitions.size());
    for (const auto& [name, partition] : state.partitions) {
      items.at(static_cast<std::size_t>(partition.number)) = partition_entry(state, partition);
    }
    if (!call.name.empty()) {
      std::erase_if(items, [&](const Json& item) { return item.find("partitionname")->text() != call.name; });
      if (items.empty()) return failure(2755);
    }
    return listing(call, std::move(items));
  }
  if (call.method != "POST" || call.action != "switch") return failure(1240);
  const auto name = call.attribute("partitionname");
  if (!name) return failure(1095, "partitionName");
  if (!state.partitions.contains(*name)) return failure(2755);
  if (state.session != nullptr) state.session->partition = *name;
  return done();
}

// Disk 0 is /flash, where /nsconfig lies; disk 1 is /var. Megabytes as numbers and as strings, as public exporters read
// them.
Reply handle_system(State& state, const Call& call) {
  if (call.method != "GET") return failure(1240);
  constexpr std::size_t kUsualMegabytes = 1585;
  constexpr std::size_t kMegabyte = 1u << 20;
  const std::size_t limit = state.options.disk_bytes;
  const std::size_t used = state.files.bytes();
  const std::size_t size = limit == 0 ? kUsualMegabytes * kMegabyte : limit;
  const std::size_t left = size - std::min(used, size);
  return object_of(call.resource, Json(Json::Object{{"disk0perusage", static_cast<int>(used * 100 / size)},
                                                    {"disk0size", std::to_string(size / kMegabyte)},
                                                    {"disk0used", std::to_string(used / kMegabyte)},
                                                    {"disk0avail", std::to_string(left / kMegabyte)},
                                                    {"disk1perusage", 12},
                                                    {"disk1size", "14179"},
                                                    {"disk1avail", "11342"}}));
}

Reply handle_systemsession(State& state, const Call& call) {
  if (call.method == "GET") {
    Json::Array items;
    for (const auto& [id, session] : state.sessions.all(state.now())) {
      if (!call.name.empty() && call.name != std::to_string(session.number)) continue;
      const bool current = state.session != nullptr && state.session->id == id;
      items.push_back(Json(Json::Object{{"sid", session.number},
                                        {"username", session.user},
                                        {"logintime", calendar_text(session.login_time)},
                                        {"lastactivitytime", calendar_text(session.last_activity)},
                                        {"expirytime", std::to_string(session.idle_limit.count())},
                                        {"numofconnections", 1},
                                        {"currentconn", current},
                                        {"clienttype", "API"},
                                        {"partitionname", session.partition},
                                        {"clientipaddress", kClientAddress}}));
    }
    return listing(call, std::move(items));
  }
  if (call.method != "POST" || call.action != "kill") return failure(1240);
  if (call.flag("all")) {
    const std::string own = state.session == nullptr ? "" : state.session->id;
    const auto sessions = state.sessions.all(state.now());
    for (const auto& [id, session] : sessions) {
      if (id != own) state.sessions.close(id);
    }
    return done();
  }
  int number = 0;
  const std::string sid = call.attribute("sid").value_or("");
  if (std::from_chars(sid.data(), sid.data() + sid.size(), number).ec != std::errc{}) return failure(1095, "sid");
  return state.sessions.close_number(number) ? done() : failure(258, "sid, " + sid);
}

}  // namespace sim
