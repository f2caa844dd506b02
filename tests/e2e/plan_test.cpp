// `certsync plan`: what it says is what happens, and it writes nothing.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "e2e/command.h"
#include "e2e/estate_folder.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/simulator.h"
#include "support/places.h"

namespace e2e {
namespace {

using nlohmann::json;

const std::string kRoot = "/nitro/v1/config/";

class Plan : public testing::Test {
 protected:
  Answer plan(const std::vector<std::string>& more = {}) {
    return answer_of("plan", estate_.folder() / "manifests", more);
  }
  void deploy() {
    Child child(estate_.command({"--once"}));
    ASSERT_EQ(child.wait(), 0) << child.output();
  }
  /// Files that follow one another go several at once, so their order among themselves is no promise.
  static std::vector<std::string> files_sorted(std::vector<std::string> requests) {
    const auto is_file = [](const std::string& request) { return request.find(" systemfile") != std::string::npos; };
    for (auto begin = requests.begin(); begin != requests.end();) {
      const auto end = std::find_if_not(begin, requests.end(), is_file);
      std::sort(begin, end);
      begin = end == requests.end() ? end : end + 1;
    }
    return requests;
  }
  /// "POST sslcertkey?action=update&warning=yes" of each line of -o requests, or of the simulator's log.
  static std::vector<std::string> of_plan(const std::string& text) {
    std::vector<std::string> requests;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const auto path = line.find(" " + kRoot);
      if (line.starts_with("#") || path == std::string::npos) continue;
      const auto start = path + 1 + kRoot.size();
      requests.push_back(line.substr(0, path) + " " + line.substr(start, line.find(' ', start) - start));
    }
    return requests;
  }
  std::vector<std::string> of_log() {
    std::vector<std::string> requests;
    for (const auto& entry : box_.log().entries()) {
      if (entry.mutating) requests.push_back(entry.method + " " + entry.target.substr(kRoot.size()));
    }
    return requests;
  }

  sim::Simulator box_{two_servers()};
  EstateFolder estate_{box_};
};

TEST_F(Plan, SaysInOrderWhatThenHappens) {
  estate_.renew();
  const auto first = plan({"-o", "requests"});
  EXPECT_EQ(first.code, 2) << first.text;
  EXPECT_EQ(box_.log().mutating(), 0u) << "it writes nothing";
  deploy();
  EXPECT_EQ(files_sorted(of_plan(first.text)), files_sorted(of_log()));

  box_.log().clear();
  estate_.renew();
  const auto renewal = plan({"-o", "requests"});
  EXPECT_EQ(renewal.code, 2);
  EXPECT_EQ(box_.log().mutating(), 0u);
  deploy();
  EXPECT_EQ(files_sorted(of_plan(renewal.text)), files_sorted(of_log()));
}

TEST_F(Plan, IsEmptyWhereNothingIsToDo) {
  estate_.renew();
  deploy();

  const auto answer = plan();

  EXPECT_EQ(answer.code, 0) << answer.text;
  EXPECT_NE(answer.text.find("edge\n  nothing to do\n"), std::string::npos) << answer.text;
}

TEST_F(Plan, SaysWhyWhatIsCutAndWhatWaits) {
  estate_.renew();
  deploy();
  estate_.write("www.yaml",
                "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: www}\nspec:\n"
                "  secretRef: {name: www-tls}\n  appliances: [{name: edge}]\n"
                "  bindings: [{virtualServer: vs_www}, {virtualServer: vs_shop, role: sni}]\n"
                "  deployWindows: {windows: [{schedule: \"0 3 29 2 *\", duration: 1m}], urgentBefore: 1h}\n");
  estate_.renew();

  const auto words = plan();
  const auto answer = plan({"-o", "json"});

  EXPECT_EQ(words.code, 2) << words.text;
  EXPECT_NE(words.text.find("update certkey default_www-tls\n      why: holds serial "), std::string::npos)
      << words.text;
  EXPECT_NE(words.text.find("cuts connections of: vs_shop (" + box_.endpoint("vs_shop") + "), vs_www (" +
                            box_.endpoint("vs_www") + ")"),
            std::string::npos)
      << words.text;
  const auto document = json::parse(answer.text.substr(answer.text.find('{')));
  bool waits = false;
  for (const auto& step : document["appliances"][0]["steps"])
    waits = waits || (step["verb"] == "update" && step.contains("waits"));
  EXPECT_TRUE(waits) << answer.text;
}

TEST_F(Plan, WhatCannotBeDoneIsOne) {
  estate_.write("secret.yaml",
                "apiVersion: v1\nkind: Secret\nmetadata: {name: www-tls}\ntype: kubernetes.io/tls\n"
                "stringData: {tls.crt: nothing, tls.key: nothing}\n");
  const auto broken = plan();
  EXPECT_EQ(broken.code, 1) << broken.text;
  EXPECT_NE(broken.text.find("cannot be done for default/www: Secret"), std::string::npos) << broken.text;

  box_.stop_listening();
  const auto dark = plan();
  EXPECT_EQ(dark.code, 1);
  EXPECT_NE(dark.text.find("cannot be looked at: ApplianceUnreachable: "), std::string::npos) << dark.text;
}

TEST_F(Plan, AnApplianceThatIsNotThereIsSaid) {
  estate_.renew();
  deploy();
  estate_.write("other.yaml",
                "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: other}\nspec:\n"
                "  secretRef: {name: www-tls}\n  appliances: [{name: nowhere}]\n");

  const auto answer = plan();

  EXPECT_EQ(answer.code, 1) << answer.text;
  EXPECT_NE(answer.text.find("cannot be done for default/other: ApplianceNotFound: "), std::string::npos)
      << answer.text;
}

TEST_F(Plan, AnEstateHalfDeadIsPlannedAsFarAsItLives) {
  sim::Simulator dead(two_servers());
  const std::string url = dead.url();
  dead.stop_listening();
  estate_.write("dead.yaml",
                "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerAppliance\nmetadata: {name: dead}\n"
                "spec: {endpoints: [\"" +
                    url + "\"], credentialsSecretRef: {name: edge-nitro}, tls: {fingerprints: [\"" +
                    dead.fingerprint() + "\"]}}\n");
  estate_.renew();

  const auto answer = plan();

  EXPECT_EQ(answer.code, 1);
  EXPECT_NE(answer.text.find("dead\n  cannot be looked at: ApplianceUnreachable"), std::string::npos) << answer.text;
  EXPECT_NE(answer.text.find("add certkey default_www-tls"), std::string::npos) << answer.text;
}

TEST_F(Plan, WithAnAddressAloneIsTheCleanUp) {
  estate_.renew();
  deploy();
  const std::string left = "cs-e2e-0123456789abcdef0123456789abcdef01234567.pem";
  box_.put_file(left, "left by a crash");
  estate_.folder().write("password", "nsroot-password\n");
  const auto ask = [&](std::vector<std::string> more) {
    std::vector<std::string> command = {support::program("certsync"),
                                        "plan",
                                        "--appliance",
                                        box_.url(),
                                        "--username",
                                        "nsroot",
                                        "--password-file",
                                        estate_.folder() / "password",
                                        "--fingerprint",
                                        box_.fingerprint()};
    command.insert(command.end(), more.begin(), more.end());
    Child child(command);
    const int code = child.wait();
    return Answer{code, child.output()};
  };

  const auto nobodys = ask({});
  EXPECT_EQ(nobodys.code, 0) << nobodys.text;
  const auto ours = ask({"--owner-id", "e2e"});
  EXPECT_EQ(ours.code, 2) << ours.text;
  EXPECT_NE(ours.text.find("delete file " + left), std::string::npos) << ours.text;
  EXPECT_EQ(ours.text.find("delete certkey"), std::string::npos) << ours.text;
}

TEST_F(Plan, BadUsageIsThree) {
  EXPECT_EQ(plan({"--appliance", "none"}).code, 3);
  EXPECT_EQ(plan({"-o", "xml"}).code, 3);
}

}  // namespace
}  // namespace e2e
