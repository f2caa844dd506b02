#include "kube/exec_plugin.h"

#include "unit/kube/fake_runner.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "base/time_text.h"
#include "support/temp_folder.h"
#include "support/test_pki.h"

namespace certsync::kube {
namespace {

using nlohmann::json;
using End = ProcessResult::End;

ClusterAccess access_with_plugin() {
  ClusterAccess access;
  access.server = "https://192.0.2.1:6443";
  access.exec.emplace();
  access.exec->command = "aws";
  access.exec->api_version = "client.authentication.k8s.io/v1";
  return access;
}

/// What becomes of an answer: "token", "certificate", "expires …" or the error's message without its beginning.
std::string outcome(Plugin plugin, ClusterAccess access = access_with_plugin()) {
  FakeRunner runner(plugin);
  const auto credential = run_exec_plugin(runner, access, "", {});
  if (!credential) {
    EXPECT_EQ(credential.error().reason, Reason::CredentialsRejected);
    const std::string begin = "exec plugin 'aws': ";
    EXPECT_TRUE(credential.error().message.starts_with(begin)) << credential.error().message;
    return credential.error().message.substr(begin.size());
  }
  std::string seen(credential->token.reveal());
  if (credential->identity) seen += " certificate";
  if (credential->expires) seen += " until " + to_rfc3339(*credential->expires);
  return seen;
}

std::string answer(const std::string& output) {
  Plugin plugin;
  plugin.output = output;
  return outcome(plugin);
}

std::string end(End end, int code, const std::string& complaint = "", const std::string& output = "") {
  Plugin plugin;
  plugin.end = end;
  plugin.code = code;
  plugin.complaint = complaint;
  plugin.output = output;
  auto access = access_with_plugin();
  access.exec->install_hint = "get it at https://aws.example";
  return outcome(plugin, std::move(access));
}

TEST(ExecPlugin, ReadsAnswers) {
  EXPECT_EQ(answer(exec_credential(R"("token":"t0")")), "t0");
  EXPECT_EQ(answer(exec_credential(R"("token":"t0","expirationTimestamp":"2026-01-01T01:00:00Z","new":{"a":[]})")),
            "t0 until 2026-01-01T01:00:00Z");
  EXPECT_EQ(answer(exec_credential(R"("token":"t0","expirationTimestamp":null)")), "t0");

  const auto pair = support::self_signed({.common_name = "client"});
  const json identity = {{"clientCertificateData", pair.certificate_pem}, {"clientKeyData", pair.key_pem}};
  const auto members = identity.dump().substr(1, identity.dump().size() - 2);
  EXPECT_EQ(answer(exec_credential(members)), " certificate");
  EXPECT_EQ(answer(exec_credential(members + R"(,"token":"t0")")), "t0 certificate");
}

TEST(ExecPlugin, RefusesAnswersThatSayNothing) {
  const std::string other = "its answer is not an ExecCredential of client.authentication.k8s.io/v1 with a status";
  EXPECT_EQ(answer(""), "its answer is not JSON");
  EXPECT_EQ(answer("[]"), "its answer is not JSON");
  EXPECT_EQ(answer("{}"), other);
  EXPECT_EQ(answer(exec_credential(R"("token":"t0")", "v1beta1")), other);
  EXPECT_EQ(answer(R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"Secret","status":{"token":"t0"}})"),
            other);
  EXPECT_EQ(answer(exec_credential("")), "gave neither a token nor a client certificate");
  EXPECT_EQ(answer(exec_credential(R"("token":"")")), "gave neither a token nor a client certificate");
  EXPECT_EQ(answer(exec_credential(R"("token":7)")), "a member of its answer's status is not text");
  EXPECT_EQ(answer(exec_credential(R"("token":"a\r\nX-Other: b")")), "gave a token with a line break in it");
  EXPECT_EQ(answer(exec_credential(R"("token":"t0","expirationTimestamp":"soon")")),
            "gave an expirationTimestamp that is not a time of RFC 3339");
  EXPECT_EQ(answer(exec_credential(R"("clientCertificateData":"c")")),
            "gave only one of clientCertificateData and clientKeyData");
  EXPECT_EQ(answer(exec_credential(R"("clientCertificateData":"c","clientKeyData":"k")")),
            "the client certificate holds no certificate in PEM");
  EXPECT_EQ(answer(exec_credential(R"("token":"t0","deep":)" + std::string(100'000, '[') + std::string(100'000, ']'))),
            "t0");
}

TEST(ExecPlugin, SaysHowAPluginFailed) {
  EXPECT_EQ(end(End::Exited, 3), "exit code 3");
  EXPECT_EQ(end(End::Exited, 3, "log in\n first\x1b\n"), "exit code 3: log in  first");
  EXPECT_EQ(end(End::Exited, 3, std::string(300, 'x')), "exit code 3: " + std::string(200, 'x'));
  EXPECT_EQ(end(End::NotFound, 2), "the command is not there; get it at https://aws.example");
  EXPECT_EQ(end(End::NotStarted, EACCES), "cannot be started: Permission denied");
  EXPECT_EQ(end(End::TimedOut, 0, "waiting"), "did not end in time and was killed: waiting");
  EXPECT_EQ(end(End::TooLong, 0), "wrote more than an answer can be and was killed");
  EXPECT_EQ(end(End::Stopped, 0), "was stopped");
}

TEST(ExecPlugin, OnlyAStopIsTriedAgain) {
  Plugin plugin;
  FakeRunner runner(plugin);
  const auto kind = [&](End end) {
    plugin.end = end;
    return run_exec_plugin(runner, access_with_plugin(), "", {}).error().kind;
  };

  EXPECT_EQ(kind(End::Stopped), ErrorKind::Retry);
  EXPECT_EQ(kind(End::NotFound), ErrorKind::Stalled);
  EXPECT_EQ(kind(End::Exited), ErrorKind::Stalled);
}

TEST(ExecPlugin, NothingOfItsOutputIsTold) {
  for (const auto& output :
       {std::string("s3cr3t"), exec_credential(R"("token":"s3cr3t\n")"), exec_credential(R"("token":"s3cr3t")", "v9"),
        exec_credential(R"("token":["s3cr3t"])"), exec_credential(R"("clientKeyData":"s3cr3t")"),
        exec_credential(R"("clientCertificateData":"c","clientKeyData":"s3cr3t")"),
        exec_credential(R"("token":"s3cr3t","expirationTimestamp":"s3cr3t")")}) {
    const auto said = answer(output);
    EXPECT_FALSE(said.empty());
    EXPECT_EQ(said.find("s3cr3t"), std::string::npos) << said;
    EXPECT_EQ(end(End::Exited, 1, "", output), "exit code 1");
  }
}

TEST(ExecPlugin, IsToldWhatItIsAskedFor) {
  Plugin plugin;
  FakeRunner runner(plugin);
  auto access = access_with_plugin();
  access.exec->args = {"eks", "get-token"};
  access.exec->env = {{"AWS_PROFILE", "prod"}};

  (void)run_exec_plugin(runner, access, "CA", {});

  EXPECT_EQ(plugin.asked.back().command, "aws");
  EXPECT_EQ(plugin.asked.back().args, (std::vector<std::string>{"eks", "get-token"}));
  EXPECT_EQ(plugin.variable("AWS_PROFILE"), "prod");
  EXPECT_EQ(json::parse(plugin.variable("KUBERNETES_EXEC_INFO")), json::parse(R"({
    "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "spec": {"interactive": false}})"));

  access.exec->provide_cluster_info = true;
  access.tls_server_name = "api.example";
  access.proxy_url = "http://proxy:3128";
  (void)run_exec_plugin(runner, access, "CA", {});

  EXPECT_EQ(json::parse(plugin.variable("KUBERNETES_EXEC_INFO"))["spec"], json::parse(R"({
    "interactive": false, "cluster": {
      "server": "https://192.0.2.1:6443", "tls-server-name": "api.example", "proxy-url": "http://proxy:3128",
      "certificate-authority-data": "Q0E="}})"));
}

TEST(ExecPlugin, WorksWithARealProgram) {
  const support::TempFolder folder;
  folder.write("plugin",
               "#!/bin/sh\n"
               "case $KUBERNETES_EXEC_INFO in *'\"interactive\":false'*) ;; *) exit 9;; esac\n"
               "echo '" +
                   exec_credential(R"("token":"'$1-$PROFILE'")") + "'\n");
  ::chmod((folder / "plugin").c_str(), 0700);
  auto access = access_with_plugin();
  access.exec->command = folder / "plugin";
  access.exec->args = {"prod"};
  access.exec->env = {{"PROFILE", "admin"}};

  const auto credential = run_exec_plugin(*make_process_runner(), access, "", {});

  ASSERT_TRUE(credential) << credential.error().message;
  EXPECT_EQ(credential->token.reveal(), "prod-admin");
}

}  // namespace
}  // namespace certsync::kube
