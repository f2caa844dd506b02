#include "chaos/stage.h"

#include <algorithm>
#include <regex>
#include <sstream>

#include "scenarios/story_pki.h"
#include <yaml-cpp/yaml.h>

#include "base/reason.h"
#include "model/naming.h"

namespace chaos {

using namespace certsync;

namespace {

constexpr char kPki[] = R"(
R: {root: true}
I: {ca: true, issuer: R}
J: {ca: true, issuer: R}
K: {ca: true, issuer: J}
www: {issuer: I, cn: www.example.com, sans: [www.example.com], days: 300}
www2: {issuer: J, cn: www.example.com, sans: [www.example.com, more.example.com], days: 310}
shop: {issuer: I, cn: shop.example.com, sans: [shop.example.com], days: 300}
shop2: {issuer: I, cn: shop.example.com, sans: [shop.example.com], days: 320}
rsa: {issuer: I, cn: www.example.com, key: rsa, days: 300}
deep: {issuer: K, cn: deep.example.com, days: 300}
nameless: {issuer: I, sans: [nameless.example.com], days: 300}
locked: {issuer: J, cn: locked.example.com, days: 300}
store: {issuer: I, cn: store.example.com, days: 300}
ended: {issuer: I, cn: www.example.com, from_day: -90, days: -1}
coming: {issuer: I, cn: www.example.com, from_day: 360, days: 400}
soon: {issuer: I, cn: soon.example.com, days: 60}
rival: {issuer: I, cn: rival.example.com, days: 300}
person: {cn: www.example.com, days: 300}
taken: {cn: taken.example.com, days: 300}
)";

constexpr char kSecrets[] = R"(
{apiVersion: v1, kind: Secret, metadata: {name: rsa-tls, labels: {use: more}}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain rsa I>>, tls.key: <<key rsa>>}}
---
{apiVersion: v1, kind: Secret, metadata: {name: deep-tls, labels: {use: more}}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain deep K J>>, tls.key: <<key deep>>}}
---
{apiVersion: v1, kind: Secret, metadata: {name: nameless-tls, labels: {use: odd}}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain nameless I>>, tls.key: <<key nameless>>}}
---
{apiVersion: v1, kind: Secret, metadata: {name: locked-tls, labels: {use: odd}}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain locked J>>, tls.key: <<locked locked open-sesame>>}}
---
{apiVersion: v1, kind: Secret, metadata: {name: store}, type: Opaque, data: {keystore.p12: <<p12 open-sesame store I>>}}
---
{apiVersion: v1, kind: Secret, metadata: {name: broken-tls, labels: {use: odd}}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain www I>>, tls.key: <<key shop>>}}
---
{apiVersion: v1, kind: Secret, metadata: {name: ended-tls, labels: {use: odd}}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain ended I>>, tls.key: <<key ended>>}}
---
{apiVersion: v1, kind: Secret, metadata: {name: coming-tls, labels: {use: odd}}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain coming I>>, tls.key: <<key coming>>}}
---
{apiVersion: v1, kind: Secret, metadata: {name: soon-tls, labels: {use: more}}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain soon I>>, tls.key: <<key soon>>}}
---
{apiVersion: v1, kind: Secret, metadata: {name: rival-tls}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain rival I>>, tls.key: <<key rival>>}}
---
{apiVersion: v1, kind: Secret, metadata: {name: password}, type: Opaque, stringData: {word: open-sesame, wrong: sesame}}
---
{apiVersion: v1, kind: Secret, metadata: {name: nitro}, type: kubernetes.io/basic-auth, stringData: {username: nsroot, password: nsroot-password}}
---
{apiVersion: v1, kind: Secret, metadata: {name: nitro-too}, type: kubernetes.io/basic-auth, stringData: {username: nsroot, password: nsroot-password}}
---
{apiVersion: v1, kind: Secret, metadata: {name: nitro-wrong}, type: kubernetes.io/basic-auth, stringData: {username: nsroot, password: wrong}}
---
{apiVersion: netscaler.certsync.io/v1alpha1, kind: NetScalerCertSync, metadata: {name: rival}, spec: {secretRef: {name: rival-tls}, certKey: {name: rival}, appliances: [{name: edge}, {name: core}], bindings: [{virtualServer: vs_rival}]}}
---
{apiVersion: netscaler.certsync.io/v1alpha1, kind: NetScalerAppliance, metadata: {name: core, labels: {site: two}}, spec: {endpoints: ["https://core"], credentialsSecretRef: {name: nitro}}}
)";

const scenarios::StoryPki& pki() {
  static const scenarios::StoryPki kMade = [] {
    scenarios::StoryPki made;
    made.make(YAML::Load(kPki), TimePoint(support::ManualClock::kStart));
    return made;
  }();
  return kMade;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// Certificates and keys by name; encrypted keys, which have another name each time, as what they are.
std::string pretty(std::string text) {
  for (const auto& [content, certificate] : pki().by_content) {
    replace_all(text, "cs-own-" + std::string(model::kSharedResource) + content, "ca:" + certificate);
    replace_all(text, "cs-ca-" + content, "ca:" + certificate);
    for (const char* sync : {"www", "rival"})
      replace_all(text, "cs-own-" + model::resource_mark({"default", sync}) + content,
                  std::string(sync) + ":" + certificate);
  }
  for (const char* sync : {"www", "rival"}) {
    const std::regex encrypted("cs-own-" + model::resource_mark({"default", sync}) + "[0-9a-f]{24}\\.key");
    text = std::regex_replace(text, encrypted, std::string(sync) + ":encrypted.key");
  }
  return text;
}

std::string object_text(const char* kind, Json metadata, const Json& spec) {
  return Json{{"apiVersion", "netscaler.certsync.io/v1alpha1"},
              {"kind", kind},
              {"metadata", std::move(metadata)},
              {"spec", spec}}
      .dump();
}

// The lines of sim::Appliance::state_text as facts.
void read_state(const std::string& name, const std::string& text, Facts& facts) {
  std::istringstream in(pretty(text));
  std::string where = name;
  std::string server;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    words >> first >> second;
    if (first == "partition") {
      where = name + "/" + second;
    } else if (first == "vserver") {
      server = second;
      if (line.ends_with(" sni")) facts[where].insert("sni " + server);
    } else if (first == "bind") {
      facts[where].insert("bind " + server + line.substr(line.find("bind ") + 4));
    } else if (first == "file") {
      facts[where].insert("file " + second);
    } else if (first != "saved" || second == "no") {
      facts[where].insert(line);
    }
  }
}

// What state_text does not tell.
void read_monitors(const std::string& name, sim::Appliance& appliance, Facts& facts) {
  const sim::Request request{
      "GET", "/nitro/v1/config/sslcertkey", {{"X-NITRO-USER", "nsroot"}, {"X-NITRO-PASS", "nsroot-password"}}, ""};
  const Json answer = Json::parse(appliance.handle(request).body, nullptr, false);
  for (const auto& certkey : answer.value("sslcertkey", Json::array())) {
    const auto certkey_name = certkey.value("certkey", "");
    if (certkey_name.starts_with("ns-")) continue;
    std::string days = certkey.contains("notificationperiod") ? certkey["notificationperiod"].dump() : "";
    days.erase(std::remove(days.begin(), days.end(), '"'), days.end());
    const bool on = certkey.value("expirymonitor", "") == "ENABLED";
    facts[name].insert(pretty("monitor " + certkey_name + (on ? " " + days : " off")));
  }
}

// Files that a certkey names go without saying; those that it lacks do not.
void settle_files(std::set<std::string>& facts) {
  static const std::regex kFile(" (cert|key)=([^ ]+)");
  std::set<std::string> used;
  for (const auto& fact : facts) {
    if (!fact.starts_with("certkey ")) continue;
    for (std::sregex_iterator file(fact.begin(), fact.end(), kFile), end; file != end; ++file)
      used.insert((*file)[2]);
  }
  for (const auto& file : used) {
    if (facts.erase("file " + file) == 0) facts.insert("lacks " + file);
  }
}

// Of a Ready condition: "False TargetNotFound", "...; NotPermitted: ...".
std::set<std::string> reasons_in(const std::string& first, const std::string& message) {
  std::set<std::string> found = {first.substr(first.find(' ') + 1)};
  for (int i = 0; i < kReasonCount; ++i) {
    const std::string word(certsync::to_text(static_cast<Reason>(i)));
    if (message.find("; " + word + ": ") != std::string::npos) found.insert(word);
  }
  return found;
}

}  // namespace

Stage::Stage(std::chrono::milliseconds passed) {
  world_.clock().advance(passed);
  add_boxes();
}

void Stage::add_boxes() {
  sim::Options edge;
  edge.vservers = {
      {"vs_www"},   {"vs_shop", "lb", true}, {"vs_api", "cs"}, {"vs_gate", "vpn"}, {"vs_plain"}, {"vs_rival"},
      {"vs_legacy"}};
  edge.services = {{"backend"}, {"pool", true}};
  edge.partitions = {{"p1", {{"vs_www"}, {"vs_shop", "lb", true}, {"vs_rival"}}, {{"backend"}}}};
  edge.fips_keys = {{"card"}};
  world_.add_box("edge", edge.vservers, edge);
  world_.add_box("core", {{"vs_www"}, {"vs_shop", "lb", true}, {"vs_rival"}, {"vs_plain"}});
  world_.add_box("spare", {{"vs_www"}, {"vs_shop", "lb", true}, {"vs_rival"}});
  auto& person = *world_.box("edge").appliance;
  person.add_certkey("legacy", pki().pem.at("person"), pki().keys.at("person"));
  person.add_certkey("taken", pki().pem.at("taken"), pki().keys.at("taken"));
  person.bind("vs_legacy", "legacy");
  person.save();
}

void Stage::set_up(const Json& appliance) {
  world_.write("others.yaml", pki().filled(kSecrets));
  write_secrets(false);
  write_appliance(appliance);
  world_.start();
  settle();
}

void Stage::write_secrets(bool renewed) {
  world_.write("secrets.yaml", pki().filled(renewed ? R"(
{apiVersion: v1, kind: Secret, metadata: {name: www-tls, labels: {use: web}}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain www2 J>>, tls.key: <<key www2>>}}
---
{apiVersion: v1, kind: Secret, metadata: {name: shop-tls, labels: {use: web}}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain shop2 I>>, tls.key: <<key shop2>>}}
)"
                                                    : R"(
{apiVersion: v1, kind: Secret, metadata: {name: www-tls, labels: {use: web}}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain www I>>, tls.key: <<key www>>}}
---
{apiVersion: v1, kind: Secret, metadata: {name: shop-tls, labels: {use: web}}, type: kubernetes.io/tls, stringData: {tls.crt: <<chain shop I>>, tls.key: <<key shop>>}}
)"));
}

void Stage::write_appliance(const Json& spec) {
  world_.write("edge.yaml", object_text("NetScalerAppliance", {{"name", "edge"}, {"labels", {{"site", "one"}}}}, spec));
}

void Stage::write_sync(const Json& spec, int deploy_now) {
  Json meta = {{"name", "www"}};
  if (deploy_now != 0) meta["annotations"]["netscaler.certsync.io/deploy-now"] = std::to_string(deploy_now);
  world_.write("www.yaml", object_text("NetScalerCertSync", meta, spec));
}

void Stage::remove_sync() {
  world_.remove("www.yaml");
}

// One whose turn has come is woken by the one before it; here another round must do.
bool Stage::settle() {
  bool settled = world_.settle(kMostPasses);
  for (int round = 0; settled && round < kMostRounds && reasons().count("WaitingForRollout") != 0; ++round)
    settled = world_.settle(kMostPasses);
  return settled;
}

std::string Stage::take_writes() {
  std::string text;
  for (auto& [name, box] : world_.boxes()) {
    for (const auto& entry : box->log.entries()) {
      if (entry.mutating)
        text += name + ": " + pretty(entry.method + " " + entry.target + " " + entry.body.substr(0, 200)) + " = " +
                std::to_string(entry.errorcode) + "\n";
    }
    box->log.clear();
  }
  return text;
}

Facts Stage::facts() const {
  Facts facts;
  for (auto& [name, box] : const_cast<Stage*>(this)->world_.boxes()) {
    facts[name];
    read_state(name, box->appliance->state_text(), facts);
    read_monitors(name, *box->appliance, facts);
  }
  for (auto& [where, lines] : facts)
    settle_files(lines);
  return facts;
}

std::chrono::milliseconds Stage::passed() const {
  const auto now = const_cast<Stage*>(this)->world_.clock().now();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - TimePoint(support::ManualClock::kStart));
}

std::string Stage::appliance_condition(const std::string& type) const {
  return world_.condition("netscalerappliance", "edge", type);
}

std::string Stage::conditions() const {
  std::string text;
  for (const char* type : {"Ready", "Stalled", "Reconciling", "Verified", "Drifted"})
    text += std::string("www ") + type + " " + condition(type) + ": " + message(type) + "\n";
  for (const char* type : {"Ready", "Stalled", "Saved"})
    text += std::string("edge ") + type + " " + appliance_condition(type) + ": " +
            world_.message("netscalerappliance", "edge", type) + "\n";
  return text;
}

std::set<std::string> Stage::reasons(const std::string& sync) const {
  return reasons_in(world_.condition(kSync, "default/" + sync, "Ready"),
                    world_.message(kSync, "default/" + sync, "Ready"));
}

std::set<std::string> Stage::appliance_reasons() const {
  return reasons_in(appliance_condition("Ready"), world_.message("netscalerappliance", "edge", "Ready"));
}

std::vector<Difference> compare(const Facts& wanted, const Facts& found) {
  std::vector<Difference> differences;
  const auto add = [&](const Facts& these, const Facts& those, bool more) {
    for (const auto& [where, facts] : these) {
      for (const auto& fact : facts) {
        const auto other = those.find(where);
        if (other == those.end() || other->second.count(fact) == 0) differences.push_back({where, fact, more});
      }
    }
  };
  add(wanted, found, false);
  add(found, wanted, true);
  return differences;
}

std::string to_text(const Facts& facts) {
  std::string text;
  for (const auto& [where, lines] : facts) {
    text += "== " + where + "\n";
    for (const auto& line : lines)
      text += "  " + line + "\n";
  }
  return text;
}

std::string to_text(const std::vector<Difference>& differences) {
  std::string text;
  for (const auto& one : differences)
    text += std::string(one.more ? "+ " : "- ") + one.where + ": " + one.fact + "\n";
  return text;
}

}  // namespace chaos
