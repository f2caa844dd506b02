#include "cluster/flow_bed.h"

#include <algorithm>
#include <csignal>
#include <regex>

#include <nlohmann/json.hpp>

namespace cluster {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr char kWww[] = "  bindings: [{virtualServer: vs_www, role: default}]\n";
constexpr char kBoth[] = "  bindings: [{virtualServer: vs_www, role: default}, {virtualServer: vs_shop, role: sni}]\n";
constexpr char kDelete[] = "  deletionPolicy: Delete\n";
constexpr char kAdopt[] = "  adoptionPolicy: Adopt\n";

std::string masked(const std::string& text) {
  static const std::regex kTime("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z");
  static const std::regex kAddress("127[.]0[.]0[.]1:[0-9]+");
  return std::regex_replace(std::regex_replace(text, kTime, "TIME"), kAddress, "ADDRESS");
}

std::string text_of(const json& object, const json::json_pointer& at) {
  return object.contains(at) && object[at].is_string() ? object[at].get<std::string>() : "";
}

}  // namespace

std::vector<Flow> flows() {
  const std::string with_cleanup = std::string(kBoth) + kDelete;
  return {
      {"deploy", with_cleanup, with_cleanup},
      {"renew", kBoth, kBoth, true},
      {"rebind", kBoth, kWww},
      {"remove", with_cleanup, with_cleanup, false, true},
      {"adopt", kAdopt, kAdopt, false, false, true},
  };
}

FlowBed::FlowBed() : proxy_(plane()) {
  const support::CertificateOptions www = {.common_name = "www.example.com", .dns_names = {"www.example.com"}};
  a_ = issuer_.issue(www);
  b_ = issuer_.issue(www);
  theirs_ = issuer_.issue(www);
  kubeconfig_ = plane().account_kubeconfig(folder_.path(), "netscaler-cert-sync", proxy_.address());
  plane().kubectl({"delete", "lease", "-n", "netscaler-cert-sync", "netscaler-cert-sync", "--ignore-not-found"});
}

FlowBed::~FlowBed() {
  if (operator_) stop(operator_);
}

void FlowBed::set_up(const Flow& flow) {
  box_ = std::make_unique<sim::Simulator>(two_servers());
  if (flow.adopts) {
    box_->add_certkey(space_ + "_www-tls", theirs_.certificate_pem, theirs_.key_pem);
    box_->bind("vs_www", space_ + "_www-tls");
    box_->mark_saved(true);
  }
  plane().apply(secret_yaml("www-tls", a_));
  apply_appliance("  grants: [{namespaces: {from: Names, names: [" + space_ +
                  "]}, targets: [\"vs_*\"], adopt: true}]\n  resyncPeriod: 5s\n");
  apply_sync(flow.first);
}

void FlowBed::change(const Flow& flow) {
  if (flow.renews) plane().apply(secret_yaml("www-tls", b_));
  if (flow.removes) must(here({"delete", "ncs", "www", "--wait=false"}));
  if (flow.first != flow.then) apply_sync(flow.then);
}

void FlowBed::clean_up() {
  proxy_.disarm();
  if (operator_) {
    said_ += operator_->output();
    stop(operator_);
  }
  plane().kubectl(here({"patch", "ncs", "www", "--type=merge", "-p", R"({"metadata":{"finalizers":null}})"}));
  plane().kubectl(here({"delete", "ncs,events", "--all"}));
  plane().kubectl({"delete", "nsa", appliance_, "--ignore-not-found"});
  plane().kubectl({"delete", "events", "-n", "default", "--all"});
}

void FlowBed::start(bool with_lease) {
  operator_ = start_operator({with_lease ? "--leader-elect=true" : "--leader-elect=false"});
}

void FlowBed::kill_when_struck(bool with_lease) {
  if (!until([&] { return proxy_.struck() > 0; }, 20s)) return;
  operator_->signal(SIGKILL);
  operator_->wait();
  said_ += operator_->output() + "--- killed\n";
  proxy_.disarm();
  start(with_lease);
}

FlowBed::End FlowBed::tell(const Flow& flow, const ApiPlan* plan, const std::string& wanted) {
  const bool with_lease = plan != nullptr && plan->family == Family::Lease;
  const ApiPlan none{Family::Write, 0, ApiFault::Conflict, 0};
  said_.clear();
  set_up(flow);
  if (!flow.from_start()) {
    start(with_lease);
    EXPECT_TRUE(until([&] { return is_quiet(500ms) && ready() == "True Synced"; })) << operator_->output();
  }
  proxy_.arm(plan == nullptr ? none : *plan);
  if (flow.from_start()) start(with_lease);
  change(flow);
  if (plan != nullptr && plan->fault >= ApiFault::HangBefore) kill_when_struck(with_lease);
  // It is renewed when its time comes, however quiet all else is.
  if (with_lease) until([&] { return proxy_.struck() >= plan->times; }, 20s);

  const auto served = flow.renews ? leaf_of(b_) : leaf_of(a_);
  const auto reached = [&] {
    if (!is_quiet(300ms)) return false;
    if (!wanted.empty()) return state() == wanted;
    return flow.removes ? jsonpath("ncs/www", "{.metadata.name}").find("NotFound") != std::string::npos
                        : serves(served) && ready() == "True Synced";
  };
  until(reached);
  // Who has converged stays so, and writes nothing more.
  End end;
  end.quiet = until([&] { return is_quiet(1500ms); });
  end.state = state(&end.events);
  end.certkeys = certkeys();
  end.harmed = proxy_.victims();
  end.writes = proxy_.count(Family::Write);
  end.reads = proxy_.count(Family::Read);
  end.leases = proxy_.count(Family::Lease);
  clean_up();
  end.said = said_;
  return end;
}

std::string FlowBed::state(std::vector<std::string>* events) {
  const auto all =
      json::parse(plane().kubectl({"get", "ncs,nsa,events.events.k8s.io", "-A", "-o", "json"}).output, nullptr, false);
  std::string text = in_words(*box_);
  if (!all.is_object()) return text;
  for (const auto& item : all["items"]) {
    const auto kind = text_of(item, "/kind"_json_pointer);
    const auto space = text_of(item, "/metadata/namespace"_json_pointer);
    const auto name = text_of(item, "/metadata/name"_json_pointer);
    if (kind == "Event") {
      const auto about = text_of(item, "/regarding/name"_json_pointer);
      if (events == nullptr || (space != space_ && about != appliance_)) continue;
      events->push_back(masked(text_of(item, "/regarding/kind"_json_pointer) + " " + about + " " +
                               text_of(item, "/reason"_json_pointer) + ": " + text_of(item, "/note"_json_pointer)));
    } else if (space == space_ || name == appliance_) {
      auto status = item.value("status", json::object());
      // Who dies between a save and its status cannot have it told.
      status.erase("lastSaveTime");
      text += kind + " " + item["metadata"].value("finalizers", json::array()).dump() +
              (item["metadata"].contains("deletionTimestamp") ? " going " : " ") + masked(status.dump(1)) + "\n";
    }
  }
  if (events != nullptr) std::sort(events->begin(), events->end());
  return text;
}

std::string FlowBed::in_words(sim::Simulator& box) {
  return box.state_text() + (box.appliance().config_changed() ? "unsaved\n" : "");
}

std::vector<std::string> FlowBed::certkeys() const {
  static const std::regex kName("\"certkey\": *\"([^\"]*)\"");
  std::vector<std::string> found;
  for (const auto& entry : box_->log().entries()) {
    if (!entry.applied || entry.errorcode != 0) continue;
    const bool about = entry.target.find("/sslcertkey") != std::string::npos;
    if (about && entry.method == "DELETE") found.push_back("delete " + entry.target);
    std::smatch name;
    if (about && entry.method == "POST" && entry.target.ends_with("/sslcertkey") &&
        std::regex_search(entry.body, name, kName)) {
      found.push_back("add " + name[1].str());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace cluster
