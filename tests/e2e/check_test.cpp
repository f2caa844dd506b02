// `certsync check` and `certsync policy` as people type them: the account that the one prints is enough for the other,
// and for a renewal, and for nothing else.
#include <algorithm>
#include <sstream>

#include "e2e/command.h"
#include "e2e/estate_folder.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/simulator.h"
#include "support/places.h"
#include "support/temp_folder.h"

namespace e2e {
namespace {

using nlohmann::json;

sim::Options options() {
  sim::Options the_options;
  the_options.vservers = {{"vs_www", "lb", false}, {"vs_shop", "lb", true}};
  return the_options;
}

std::size_t logins(sim::Simulator& box) {
  const auto entries = box.log().entries();
  return static_cast<std::size_t>(std::count_if(
      entries.begin(), entries.end(), [](const auto& entry) { return entry.target == "/nitro/v1/config/login"; }));
}

json document(const std::string& text) {
  const auto start = text.find('{');
  return json::parse(text.substr(start, text.rfind('}') + 1 - start));
}

/// "name ok, connection ok, …" of one endpoint, or of the appliance.
std::string verdicts(const json& findings) {
  std::string text;
  for (const auto& finding : findings)
    text +=
        (text.empty() ? "" : ", ") + finding["check"].get<std::string>() + " " + finding["verdict"].get<std::string>();
  return text;
}

/// As nsroot, what a line of `certsync policy -o nitro` says: "POST /nitro/v1/config/… {…}".
int send_line(sim::Simulator& box, const std::string& line) {
  std::istringstream in(line);
  sim::Request request;
  in >> request.method >> request.target;
  std::getline(in, request.body);
  request.headers = {
      {"X-NITRO-USER", "nsroot"}, {"X-NITRO-PASS", "nsroot-password"}, {"Content-Type", "application/json"}};
  return box.appliance().handle(request).status;
}

void make_account(sim::Simulator& box, const std::string& calls) {
  std::istringstream in(calls);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    EXPECT_LT(send_line(box, line), 300) << line;
  }
}

class Check : public testing::Test {
 protected:
  Check() : box_(options()), folder_(box_) { folder_.renew(); }

  Answer ask(const std::string& command, const std::vector<std::string>& more) const {
    return answer_of(command, folder_.folder() / "manifests", more);
  }

  sim::Simulator box_;
  EstateFolder folder_;
};

TEST_F(Check, AllIsWellAndNothingIsChanged) {
  const auto before = box_.appliance().state_text();

  const auto answer = ask("check", {"-o", "json"});

  ASSERT_EQ(answer.code, 0) << answer.text;
  const auto shown = document(answer.text)["appliances"][0];
  EXPECT_EQ(verdicts(shown["endpoints"][0]["findings"]),
            "name ok, connection ok, tls ok, trust ok, login ok, role ok, version ok, clock ok, sessions ok, disk ok");
  EXPECT_EQ(verdicts(shown["findings"]), "look ok, rights ok");
  EXPECT_EQ(box_.appliance().state_text(), before);
  EXPECT_FALSE(box_.appliance().config_changed());
  EXPECT_EQ(box_.appliance().session_count("nsroot"), 0) << "logged out";
}

TEST_F(Check, TheAccountOfThePolicyIsEnoughForEverything) {
  const auto calls = ask("policy", {"-o", "nitro"});
  ASSERT_EQ(calls.code, 0) << calls.text;
  make_account(box_, calls.text);
  folder_.log_in_as("certsync", "PASSWORD");

  const auto checked = ask("check", {"-o", "json"});

  EXPECT_EQ(checked.code, 0) << checked.text;
  const auto rights = document(checked.text)["appliances"][0]["rights"];
  EXPECT_GT(rights.size(), 10u);
  for (const auto& right : rights)
    EXPECT_NE(right["allowed"], "no") << right;

  Child operator_once(folder_.command({"--once"}));
  EXPECT_EQ(operator_once.wait(), 0) << operator_once.output();
  folder_.renew();
  Child again(folder_.command({"--once"}));
  EXPECT_EQ(again.wait(), 0) << again.output();
}

TEST_F(Check, TheAccountOfThePolicyMayNothingElse) {
  make_account(box_, ask("policy", {"-o", "nitro"}).text);
  const auto status = [&](const std::string& method, const std::string& path, const std::string& body = "") {
    sim::Request request;
    request.method = method;
    request.target = "/nitro/v1/config/" + path;
    request.body = body;
    request.headers = {
        {"X-NITRO-USER", "certsync"}, {"X-NITRO-PASS", "PASSWORD"}, {"Content-Type", "application/json"}};
    return box_.appliance().handle(request).status;
  };
  const std::string ours = "cs-e2e-0123456789abcdef0123456789abcdef01234567.pem";
  const auto upload = [](const std::string& name, const std::string& folder) {
    return R"({"systemfile":{"filename":")" + name + R"(","filelocation":")" + folder + R"(","filecontent":"YQ=="}})";
  };
  const auto issued = folder_.issuer().issue({.common_name = "theirs.example.com"});
  ASSERT_EQ(box_.add_certkey("theirs", issued.certificate_pem, issued.key_pem), 0);
  ASSERT_EQ(box_.bind("vs_www", "theirs"), 0);

  EXPECT_EQ(status("POST", "systemfile", upload(ours, "/nsconfig/ssl")), 201);
  EXPECT_EQ(status("POST", "systemfile", upload(ours, "/var/tmp")), 403);
  EXPECT_EQ(status("POST", "systemfile", upload("rc.netscaler", "/nsconfig")), 403);
  EXPECT_EQ(status("POST", "systemfile", upload("theirs.pem", "/nsconfig/ssl")), 403);
  EXPECT_EQ(status("GET", "systemfile?args=filename:theirs.key,filelocation:%2Fnsconfig%2Fssl"), 403);
  EXPECT_EQ(status("GET", "systemfile/theirs.key?args=filelocation:%2Fnsconfig%2Fssl"), 403);
  EXPECT_EQ(status("GET", "systemfile?args=filelocation:%2Fnsconfig%2Fssl"), 200);
  EXPECT_EQ(status("DELETE", "systemfile/theirs.key?args=filelocation:%2Fnsconfig%2Fssl"), 403);
  EXPECT_EQ(status("DELETE", "sslvserver_sslcertkey_binding/vs_www?args=certkeyname:theirs"), 403);
  EXPECT_EQ(status("DELETE", "sslcertkey/theirs"), 403);
  EXPECT_EQ(status("POST", "sslcertkey?action=update", R"({"sslcertkey":{"certkey":"theirs","cert":"a","key":"b"}})"),
            403);
  EXPECT_EQ(status("GET", "systemuser"), 403);
  EXPECT_EQ(
      status("PUT", "systemuser_systemcmdpolicy_binding",
             R"({"systemuser_systemcmdpolicy_binding":{"username":"certsync","policyname":"superuser","priority":1}})"),
      403);
  EXPECT_EQ(status("PUT", "sslvserver", R"({"sslvserver":{"vservername":"vs_www","ssl3":"ENABLED"}})"), 403);
}

TEST_F(Check, AMissingRightIsNamed) {
  box_.appliance().add_user("certsync", "PASSWORD", {"^show .*", "^stat .*"});
  folder_.log_in_as("certsync", "PASSWORD");

  const auto answer = ask("check", {});

  EXPECT_EQ(answer.code, 1);
  EXPECT_NE(answer.text.find("it may not upload and remove files of ours"), std::string::npos) << answer.text;
  EXPECT_NE(answer.text.find("certsync policy --appliance edge"), std::string::npos) << answer.text;
  EXPECT_EQ(answer.text.find("it may not see certkeys"), std::string::npos) << answer.text;
}

TEST_F(Check, ARefusedPasswordIsTriedOnce) {
  folder_.log_in_as("nobody", "wrong");

  const auto answer = ask("check", {"-o", "json"});

  EXPECT_EQ(answer.code, 1);
  const auto findings = document(answer.text)["appliances"][0]["endpoints"][0]["findings"];
  EXPECT_EQ(verdicts(findings), "name ok, connection ok, tls ok, trust ok, login failed");
  EXPECT_EQ(logins(box_), 1u);
}

TEST(CheckLone, AnUntrustedCertificateIsShownAndCanBePinned) {
  sim::Simulator box(options());
  const support::TempFolder folder;
  folder.write("password", "nsroot-password\n");
  const std::vector<std::string> command = {
      support::program("certsync"), "check", "--appliance", box.url(), "--username", "nsroot", "--password-file",
      folder / "password"};

  Child first(command);
  EXPECT_EQ(first.wait(), 1);
  const std::string line = "fingerprints: [\"" + box.fingerprint() + "\"]";
  EXPECT_NE(first.output().find(line), std::string::npos) << first.output();
  EXPECT_EQ(logins(box), 0u) << "no password before trust";

  auto pinned = command;
  pinned.insert(pinned.end(), {"--fingerprint", box.fingerprint()});
  Child second(pinned);
  EXPECT_EQ(second.wait(), 0) << second.output();
  EXPECT_EQ(second.output().find("nsroot-password"), std::string::npos);
}

TEST(CheckEstate, AHalfDeadEstateIsCheckedAsFarAsItLives) {
  sim::Simulator well(options());
  sim::Simulator dead(options());
  sim::Simulator odd(options());
  dead.stop_listening();
  odd.faults().add({.kind = sim::FaultKind::Html, .times = -1});
  const support::TempFolder folder;
  std::string manifests =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: nitro}\ntype: kubernetes.io/basic-auth\n"
      "stringData: {username: nsroot, password: nsroot-password}\n";
  const auto add = [&](const std::string& name, const std::string& url, const std::string& fingerprint) {
    manifests += "---\napiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerAppliance\nmetadata: {name: " + name +
                 "}\nspec: {endpoints: [\"" + url +
                 "\"], credentialsSecretRef: {name: nitro}, tls: {fingerprints: [\"" + fingerprint + "\"]}}\n";
  };
  add("a-well", well.url(), well.fingerprint());
  add("b-dead", dead.url(), dead.fingerprint());
  add("c-odd", odd.url(), odd.fingerprint());
  add("d-nowhere", "https://does-not-exist.invalid", well.fingerprint());
  folder.write("manifests/all.yaml", manifests);

  const auto answer = answer_of("check", folder / "manifests", {"-o", "json"});

  EXPECT_EQ(answer.code, 1);
  const auto shown = document(answer.text)["appliances"];
  EXPECT_EQ(shown[0]["ok"], true) << shown[0];
  EXPECT_EQ(verdicts(shown[1]["endpoints"][0]["findings"]), "name ok, connection failed");
  EXPECT_EQ(verdicts(shown[2]["endpoints"][0]["findings"]), "name ok, connection ok, tls ok, trust ok, login failed");
  EXPECT_EQ(verdicts(shown[3]["endpoints"][0]["findings"]), "name failed");
}

TEST(CheckEstate, TheClockTheDiskAndTheSessionsAreLookedAt) {
  auto crowded = options();
  crowded.disk_bytes = 1u << 20;
  sim::Simulator box(crowded);
  EstateFolder folder(box);
  box.appliance().put_file("/nsconfig/ssl/large", std::string(1'000'000, 'x'));
  for (int i = 0; i < 16; ++i)
    ASSERT_LT(
        send_line(box, R"(POST /nitro/v1/config/login {"login":{"username":"nsroot","password":"nsroot-password"}})"),
        300);

  const auto answer = answer_of("check", folder.folder() / "manifests", {"-o", "json", "--rights=false"});

  EXPECT_EQ(answer.code, 0) << answer.text;
  const auto findings = verdicts(document(answer.text)["appliances"][0]["endpoints"][0]["findings"]);
  EXPECT_NE(findings.find("sessions warning, disk warning"), std::string::npos) << findings;
}

TEST(Policy, NeedsNoEstate) {
  Child child({support::program("certsync"), "policy", "--alone", "--owner-id", "prod", "--feature", "saving",
               "--feature", "ha", "--username", "robot"});

  EXPECT_EQ(child.wait(), 0) << child.output();
  EXPECT_NE(child.output().find("add system cmdPolicy robot-files ALLOW \""), std::string::npos) << child.output();
  EXPECT_NE(child.output().find("bind system user robot robot-ha "), std::string::npos) << child.output();
  EXPECT_NE(child.output().find("cs-(prod)-"), std::string::npos) << child.output();
}

TEST(Policy, BadUsageIsThree) {
  const std::string program = support::program("certsync");
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--alone"},
                                                    {"--alone", "--owner-id", "prod", "--feature", "everything"},
                                                    {"--alone", "--owner-id", "prod", "--username", "no spaces"},
                                                    {"--alone", "--owner-id", "prod", "-o", "yaml"},
                                                    {"--alone", "--owner-id", "prod", "--appliance", "edge"}}) {
    std::vector<std::string> command = {program, "policy"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Child child(command);
    EXPECT_EQ(child.wait(), 3) << arguments.back() << child.output();
  }
}

}  // namespace
}  // namespace e2e
