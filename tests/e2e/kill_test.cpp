// SIGKILL on every stair of real flows: the process dies while a write is under way, which the appliance has not
// carried out yet, or has and could not say so. Another process then reaches the state of the flow in which nobody
// died, with no file too many, and no handshake fails meanwhile.
#include <atomic>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <utility>

#include "e2e/child.h"
#include "e2e/estate_folder.h"
#include <gtest/gtest.h>

#include "sim/pair.h"
#include "support/campaign.h"
#include "support/places.h"
#include "support/sanitized.h"
#include "support/temp_folder.h"
#include "support/test_pki.h"

namespace e2e {
namespace {

/// Certificates that all runs of all flows share, so that their ends can be compared.
struct Pki {
  support::Authority root = support::Authority::root("Stairs Root");
  support::Authority first = root.intermediate("Stairs CA 1");
  support::Authority second = root.intermediate("Stairs CA 2");
  support::Issued a = issue(first);
  support::Issued b = issue(first);
  support::Issued c = issue(second);
  support::Issued theirs = issue(first);

  static support::Issued issue(const support::Authority& issuer) {
    return issuer.issue({.common_name = "www.example.com", .dns_names = {"www.example.com"}});
  }
  static const Pki& get() {
    static const Pki kPki;
    return kPki;
  }
};

std::string indented(const std::string& pem) {
  return "    " + std::regex_replace(pem, std::regex("\n(?!$)"), "\n    ");
}

std::string secret(const support::Issued& issued, const support::Authority& issuer) {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: www-tls}\ntype: kubernetes.io/tls\nstringData:\n  tls.crt: "
         "|\n" +
         indented(issued.certificate_pem + issuer.certificate_pem()) + "  tls.key: |\n" + indented(issued.key_pem);
}

std::string sync(const std::string& more, const std::string& bindings) {
  return "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: www}\nspec:\n"
         "  secretRef: {name: www-tls}\n  appliances: [{name: edge}]\n  bindings: [" +
         bindings + "]\n" + more;
}

constexpr char kWww[] = "{virtualServer: vs_www}";
constexpr char kBoth[] = "{virtualServer: vs_www}, {virtualServer: vs_shop, role: sni}";

struct Step {
  std::map<std::string, std::string> files;
  std::function<void(sim::Simulator&)> by_hand = [](sim::Simulator&) {};
  /// Of a pair, before anything else.
  bool fail_over = false;
};

struct Flow {
  std::string name;
  std::vector<Step> steps;
  std::string appliance_spec = {};
  /// A flow whose end is right too.
  std::vector<Step> or_else = {};
  bool pair = false;
};

Step renewal(const support::Issued& issued, const support::Authority& issuer) {
  return {{{"secret.yaml", secret(issued, issuer)}}};
}

Step start(const std::string& more = "", const std::string& bindings = kBoth) {
  auto step = renewal(Pki::get().a, Pki::get().first);
  step.files["sync.yaml"] = sync(more, bindings);
  return step;
}

std::vector<Flow> flows() {
  const Pki& pki = Pki::get();
  Step adopting = start("  adoptionPolicy: Adopt\n", kWww);
  adopting.by_hand = [](sim::Simulator& box) {
    const auto& theirs = Pki::get().theirs;
    box.add_certkey("default_www-tls", theirs.certificate_pem, theirs.key_pem);
    box.bind("vs_www", "default_www-tls");
    box.mark_saved(true);
  };
  Step refused = renewal(pki.b, pki.first);
  refused.by_hand = [](sim::Simulator& box) { box.set_manner("vs_www", sim::Manner::Stubborn); };
  Step failing_over = renewal(pki.b, pki.first);
  failing_over.fail_over = true;
  return {
      {"deploy", {start()}},
      {"renew", {start(), renewal(pki.b, pki.first)}},
      {"issuer", {start(), renewal(pki.c, pki.second)}},
      {"newcertkey", {start("  updatePolicy: NewCertKey\n", kWww), renewal(pki.b, pki.first)}},
      {"rebind", {start(), {{{"sync.yaml", sync("", kWww)}}}, {{{"sync.yaml", sync("", kBoth)}}}}},
      {"remove", {start(), {{{"sync.yaml", sync("  chain: Omit\n", kWww)}}}}},
      // Who died does not know what the endpoint showed before: then the new certificate stays, and Verified says so.
      {"rollback",
       {start("  verification: {mode: Rollback}\n", kWww), refused},
       "",
       {start("  verification: {mode: Report}\n", kWww), refused}},
      {"adopt", {adopting, renewal(pki.b, pki.first)}},
      {"encrypted", {start(), renewal(pki.b, pki.first)}, "  encryptKeys: true\n"},
      {"failover", {start(), failing_over, renewal(pki.c, pki.second)}, "", {}, true},
  };
}

/// Lines of one kind that follow one another are sorted: what came first is no matter.
std::string in_order(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  std::string kind;
  std::multiset<std::string> run;
  const auto end_run = [&] {
    for (const auto& line : run)
      out += line + "\n";
    run.clear();
  };
  for (std::string line; std::getline(in, line);) {
    const auto word = line.substr(0, line.find(' ', line.find_first_not_of(' ')));
    if (std::exchange(kind, word) != word) end_run();
    run.insert(line);
  }
  end_run();
  return out;
}

/// One appliance, or a pair.
class Site {
 public:
  explicit Site(bool pair) {
    sim::Options options;
    options.vservers = {{"vs_www", "lb", false}, {"vs_shop", "lb", true}};
    if (pair) {
      pair_ = std::make_unique<sim::Pair>(options);
    } else {
      alone_ = std::make_unique<sim::Simulator>(options);
    }
  }
  sim::Simulator& primary() { return pair_ ? pair_->primary() : *alone_; }
  std::vector<sim::Simulator*> nodes() {
    if (!pair_) return {alone_.get()};
    return {&pair_->node(0), &pair_->node(1)};
  }
  void fail_over() {
    ++moves_;
    pair_->fail_over();
    ++moves_;
  }
  /// Odd while the address moves from one node to the other, which cuts connections.
  int moves() const { return moves_; }
  std::string endpoint(const std::string& vserver) const {
    return pair_ ? pair_->endpoint(vserver) : alone_->endpoint(vserver);
  }

 private:
  std::unique_ptr<sim::Simulator> alone_;
  std::unique_ptr<sim::Pair> pair_;
  std::atomic<int> moves_{0};
};

/// Who shakes hands all the time. What has once shown a certificate must go on showing one.
class Client {
 public:
  explicit Client(const Site& site) : site_(site), thread_([this](const std::stop_token& stop) { run(stop); }) {}
  /// Ends it.
  support::Handshakes handshakes() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    return handshakes_;
  }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const int moves = site_.moves();
      const bool shows = !served(site_.endpoint("vs_www")).empty();
      if (!shows && (moves % 2 != 0 || moves != site_.moves())) continue;
      if (shows || must_) ++handshakes_.made;
      if (must_ && !shows) ++handshakes_.failed;
      must_ = must_ || shows;
    }
  }

  const Site& site_;
  bool must_ = false;
  support::Handshakes handshakes_;
  std::jthread thread_;
};

/// One telling of a flow.
class Telling {
 public:
  explicit Telling(const Flow& flow) : flow_(flow), site_(flow.pair) {
    std::string endpoints;
    for (const auto* node : site_.nodes())
      endpoints += (endpoints.empty() ? "\"" : ", \"") + node->url() + "\"";
    folder_.write(
        "manifests/appliance.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: edge-nitro}\ntype: kubernetes.io/basic-auth\n"
        "stringData: {username: nsroot, password: nsroot-password}\n---\n"
        "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerAppliance\nmetadata: {name: edge}\nspec:\n"
        "  endpoints: [" +
            endpoints + "]\n  credentialsSecretRef: {name: edge-nitro}\n  tls: {fingerprints: [\"" +
            site_.primary().fingerprint() + "\"]}\n" + flow.appliance_spec);
  }

  /// The end. `number` = 0: nobody dies.
  std::string tell(int number, sim::FaultKind kind) {
    for (const auto& step : flow_.steps) {
      if (step.fail_over) site_.fail_over();
      step.by_hand(site_.primary());
      for (const auto& [file, text] : step.files)
        folder_.replace("manifests/" + file, text);
      const int before = writes();
      if (number > before && struck() == 0)
        site_.primary().faults().add({.kind = kind, .mutating = true, .at = number - before});
      pass();
      for (auto* node : site_.nodes())
        node->faults().clear();
    }
    std::string end;
    for (auto* node : site_.nodes()) {
      end += in_order(std::regex_replace(node->state_text(), kKeyFile, "cs-$1-KEY.key"));
      if (node == &site_.primary() && node->appliance().config_changed()) end += "unsaved\n";
    }
    return end;
  }
  int writes() {
    std::size_t count = 0;
    for (auto* node : site_.nodes())
      count += node->log().mutating();
    return static_cast<int>(count);
  }
  support::Handshakes handshakes() { return client_.handshakes(); }

 private:
  int struck() {
    int count = 0;
    for (auto* node : site_.nodes())
      count += node->faults().struck();
    return count;
  }

  // The first process may be killed on its way; whoever comes after it finishes.
  void pass() {
    const int before = struck();
    auto child = std::make_unique<Child>(command());
    until([&] { return struck() > before || child->ended(); });
    if (struck() > before) {
      child->signal(SIGKILL);
      child->wait();
      child = std::make_unique<Child>(command());
    }
    child->wait();
  }

  std::vector<std::string> command() const {
    return {support::program("certsync"),
            "run",
            "--manifests",
            folder_ / "manifests",
            "--owner-id",
            "e2e",
            "--once",
            "--once-timeout",
            "20s",
            "--status-dir",
            folder_ / "status",
            "--metrics-address",
            "127.0.0.1:0",
            "--health-address",
            "127.0.0.1:0"};
  }
  // Names of encrypted keys are others each time.
  inline static const std::regex kKeyFile{"cs-(e2e-[0-9a-f]{16})[0-9a-f]{24}[.]key"};

  const Flow& flow_;
  Site site_;
  support::TempFolder folder_;
  Client client_{site_};
};

class Stairs : public testing::TestWithParam<Flow> {};

TEST_P(Stairs, EndAlikeWhoeverDiesOnThem) {
  Telling reference(GetParam());
  const std::string wanted = reference.tell(0, {});
  const int writes = reference.writes();
  ASSERT_NE(wanted.find("cs-e2e-"), std::string::npos) << wanted;
  ASSERT_EQ(wanted.find("unsaved"), std::string::npos) << wanted;

  std::string other = wanted;
  if (!GetParam().or_else.empty()) {
    const Flow or_else{GetParam().name, GetParam().or_else, GetParam().appliance_spec, {}, GetParam().pair};
    other = Telling(or_else).tell(0, {});
  }
  const support::Campaign campaign;
  int plans = 0;
  int differences = 0;
  support::Handshakes handshakes;
  for (const auto kind : {sim::FaultKind::Hang, sim::FaultKind::HangAfter}) {
    const auto name = sim::fault_name(kind);
    for (const int number : campaign.pick(writes, support::kSanitized ? 1 : 3, GetParam().name + name)) {
      Telling telling(GetParam());
      const auto found = telling.tell(number, kind);
      ++plans;
      const auto [made, failed] = telling.handshakes();
      handshakes.made += made;
      handshakes.failed += failed;
      EXPECT_EQ(failed, 0) << name << " at write " << number << " of " << writes;
      if (found == other) continue;
      differences += found == wanted ? 0 : 1;
      EXPECT_EQ(found, wanted) << name << " at write " << number << " of " << writes;
    }
  }
  EXPECT_GT(handshakes.made, 0);
  support::report("sigkill", plans, differences, handshakes);
}

INSTANTIATE_TEST_SUITE_P(Flows, Stairs, testing::ValuesIn(flows()), [](const auto& entry) { return entry.param.name; });

}  // namespace
}  // namespace e2e
