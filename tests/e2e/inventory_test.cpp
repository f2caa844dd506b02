// `certsync inventory` as people type it, against whole estates.
#include <csignal>
#include <cstdio>
#include <memory>
#include <regex>

#include "e2e/command.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/simulator.h"
#include "support/places.h"
#include "support/sanitized.h"
#include "support/temp_folder.h"
#include "support/test_pki.h"

namespace e2e {
namespace {

using nlohmann::json;

/// Appliances with certkeys that people made, and manifests that name them.
class Boxes {
 public:
  explicit Boxes(int count) : root_(support::Authority::root("Estate Root")) {
    sim::Options options;
    options.vservers = {{"vs_www", "lb", false}};
    std::string manifests =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: edge-nitro}\ntype: kubernetes.io/basic-auth\n"
        "stringData: {username: nsroot, password: nsroot-password}\n";
    for (int i = 0; i < count; ++i) {
      auto& box = *boxes_.emplace_back(std::make_unique<sim::Simulator>(options));
      manifests += "---\n" + appliance(i, box.url(), box.fingerprint());
    }
    write(manifests);
  }

  void load(int from, int to) {
    for (int i = from; i < to; ++i) {
      const std::string number = std::to_string(i);
      const auto issued = root_.issue({.common_name = "host" + number + ".example.com"});
      for (auto& box : boxes_)
        ASSERT_EQ(box->add_certkey("host" + number, issued.certificate_pem, issued.key_pem), 0);
    }
  }
  sim::Simulator& box(int i) { return *boxes_[static_cast<std::size_t>(i)]; }
  const std::vector<std::unique_ptr<sim::Simulator>>& all() const { return boxes_; }
  const support::TempFolder& folder() const { return folder_; }
  void write(const std::string& manifests) const { folder_.replace("manifests/all.yaml", manifests); }
  static std::string appliance(int number, const std::string& url, const std::string& fingerprint) {
    return "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerAppliance\nmetadata: {name: edge-" +
           std::to_string(number) + "}\nspec:\n  endpoints: [\"" + url +
           "\"]\n  credentialsSecretRef: {name: edge-nitro}\n  tls: {fingerprints: [\"" + fingerprint + "\"]}\n";
  }

 private:
  support::TempFolder folder_;
  support::Authority root_;
  std::vector<std::unique_ptr<sim::Simulator>> boxes_;
};

json document(const Answer& answer) {
  const auto start = answer.text.find('{');
  return json::parse(answer.text.substr(start, answer.text.rfind('}') + 1 - start));
}

/// "50 appliances, 200 certkeys shown, 800 NITRO requests, 1.2 s"
std::string summary(const Answer& answer) {
  std::smatch found;
  return std::regex_search(answer.text, found, std::regex("\\d+ appliances, [^\n]*")) ? found.str() : "";
}

int requests(const Answer& answer) {
  std::smatch found;
  return std::regex_search(answer.text, found, std::regex("(\\d+) NITRO requests")) ? std::stoi(found[1]) : -1;
}

Answer inventory(const Boxes& boxes, const std::vector<std::string>& more) {
  return answer_of("inventory", boxes.folder() / "manifests", more);
}

TEST(Inventory, AnEstateInOneCommandAndRequestsThatDoNotGrow) {
  const int count = support::kSanitized ? 5 : 50;
  Boxes boxes(count);
  boxes.load(0, 1);
  const auto few = inventory(boxes, {"-o", "json"});
  ASSERT_EQ(few.code, 0) << few.text;

  boxes.load(1, support::kSanitized ? 20 : 200);
  const auto many = inventory(boxes, {"-o", "json"});

  ASSERT_EQ(many.code, 0) << many.text;
  std::printf("%s\n%s\n", summary(few).c_str(), summary(many).c_str());
  EXPECT_EQ(requests(few), requests(many));
  const auto shown = document(many);
  ASSERT_EQ(shown["appliances"].size(), static_cast<std::size_t>(count));
  for (const auto& appliance : shown["appliances"])
    EXPECT_EQ(appliance["certKeys"].size(), support::kSanitized ? 20u : 200u);
  EXPECT_EQ(shown["appliances"][0]["certKeys"][0]["sameAs"].size(), static_cast<std::size_t>(count) - 1);
  for (const auto& box : boxes.all()) {
    EXPECT_EQ(box->log().mutating(), 0u);
    EXPECT_EQ(box->appliance().session_count("nsroot"), 0) << "logged out";
  }
}

TEST(Inventory, AHalfDeadEstateIsShownAsFarAsItLives) {
  Boxes boxes(4);
  boxes.load(0, 2);
  boxes.box(0).stop_listening();
  boxes.box(1).faults().add({.kind = sim::FaultKind::Html, .times = -1});

  const auto answer = inventory(boxes, {"-o", "json"});

  EXPECT_EQ(answer.code, 1);
  const auto shown = document(answer);
  EXPECT_EQ(shown["appliances"][0]["reason"], "ApplianceUnreachable");
  EXPECT_EQ(shown["appliances"][1]["reachable"], false);
  EXPECT_EQ(shown["appliances"][2]["certKeys"].size(), 2u);
  EXPECT_EQ(shown["appliances"][3]["certKeys"].size(), 2u);
}

TEST(Inventory, NeedsNothingButAnAddress) {
  Boxes boxes(1);
  boxes.load(0, 1);
  boxes.folder().write("password", "nsroot-password\n");

  Child child({support::program("certsync"), "inventory", "--appliance", boxes.box(0).url(), "--username", "nsroot",
               "--password-file", boxes.folder() / "password", "--fingerprint", boxes.box(0).fingerprint()});

  EXPECT_EQ(child.wait(), 0) << child.output();
  EXPECT_NE(child.output().find("host0.example.com"), std::string::npos) << child.output();
  EXPECT_EQ(child.output().find("nsroot-password"), std::string::npos);
}

TEST(Inventory, BadUsageIsThree) {
  Boxes boxes(1);
  const std::string program = support::program("certsync");
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--appliance", "none"},
                                               {"--appliance", "https://192.0.2.1"},
                                               {"--expiring-within", "soon"},
                                               {"--managed", "maybe"},
                                               {"-o", "xml"}})
    EXPECT_EQ(inventory(boxes, more).code, 3) << more.back();
}

}  // namespace
}  // namespace e2e
