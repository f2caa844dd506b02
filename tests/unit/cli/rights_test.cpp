#include "cli/rights.h"

#include <regex>

#include <gtest/gtest.h>

namespace certsync::cli {
namespace {

Use everything() {
  Use use;
  use.features = {all_features().begin(), all_features().end()};
  use.owners = {"prod"};
  use.certkey_names = {certkey_names_of({}, model::UpdatePolicy::InPlace)};
  use.partition = "p1";
  return use;
}

std::string words(const Trial& trial) {
  std::string text = trial.why_not;
  for (const auto& call : trial.calls)
    text += (text.empty() ? "" : "; ") + std::string(http::to_text(call.method)) + " " +
            call.resource.substr(0, call.resource.find('?'));
  return text;
}

const Clause& clause(const std::vector<Clause>& all, const std::string& name) {
  return *std::find_if(all.begin(), all.end(), [&](const Clause& one) { return one.name == name; });
}

TEST(Rights, EachClauseIsTriedOrSaysWhyNot) {
  const Use use = everything();
  for (const auto& one : clauses(use)) {
    const auto trial = trial_of(one, use, {});
    EXPECT_NE(trial.calls.empty(), trial.why_not.empty()) << one.name;
    EXPECT_NE(trial.why_not, "no request is known for it") << one.name;
  }
}

TEST(Rights, WhatIsTriedIsAboutNothing) {
  const Use use = everything();
  const auto all = clauses(use);
  EXPECT_EQ(words(trial_of(clause(all, "files.write"), use, {})),
            "POST systemfile; DELETE systemfile/cs-prod-0000000000000000000000000000000000000000.pem");
  EXPECT_EQ(words(trial_of(clause(all, "certkeys.change"), use, {})),
            "PUT sslcertkey; POST sslcertkey; POST sslcertkey; DELETE sslcertkey/cs-ca-000000000000000000000000");
  EXPECT_EQ(words(trial_of(clause(all, "bindings.unbind"), use, {})),
            "DELETE sslvserver_sslcertkey_binding/certsync-check");
  EXPECT_EQ(words(trial_of(clause(all, "save"), use, {})), "it would save");
}

TEST(Rights, AVirtualServerThatMayBeThereIsNotSet) {
  Use use = everything();
  const auto all = clauses(use);

  use.targets = std::set<std::string>{"vs_team_*"};
  EXPECT_EQ(words(trial_of(clause(all, "bindings.sni"), use, {"vs_www"})), "PUT sslvserver");
  EXPECT_NE(words(trial_of(clause(all, "bindings.sni"), use, {"vs_team_certsync-check"})).find("may be there"),
            std::string::npos);
  use.targets = std::set<std::string>{"vs_www"};
  EXPECT_NE(words(trial_of(clause(all, "bindings.sni"), use, {"vs_www"})).find("may be there"), std::string::npos);
  EXPECT_EQ(words(trial_of(clause(all, "bindings.unbind"), use, {"vs_www"})),
            "DELETE sslvserver_sslcertkey_binding/vs_www");
}

nitro::Answer answer(int status, int code) {
  nitro::Answer one;
  one.status = status;
  one.code = code;
  one.message = "text " + std::to_string(code);
  return one;
}

std::string verdicts(const std::vector<Right>& rights) {
  std::string text;
  for (const auto& right : rights)
    text += right.clause.name + " " + std::string(to_text(right.allowed)) +
            (right.message.empty() ? "" : ": " + right.message) + "\n";
  return text;
}

TEST(Rights, AreJudgedByTheRefusal) {
  const Use use = everything();
  const auto all = clauses(use);
  const std::vector<Clause> some = {clause(all, "look.config"), clause(all, "files.write"), clause(all, "save"),
                                    clause(all, "certkeys.load")};

  const auto rights = try_rights(some, use, {}, [](nitro::Call call) -> Result<nitro::Answer> {
    if (call.resource.starts_with("systemfile/")) return answer(403, 2138);
    if (call.resource.starts_with("sslcertkey")) return answer(599, 1540);
    return answer(200, 0);
  });

  EXPECT_EQ(verdicts(rights),
            "look.config yes\nfiles.write no: text 2138\nsave not tried: it would save\ncertkeys.load yes\n");
}

TEST(Rights, AnAnswerThatDoesNotComeProvesNothing) {
  const Use use = everything();
  const auto all = clauses(use);
  int asked = 0;

  const auto rights = try_rights({clause(all, "look.config"), clause(all, "files.list")}, use, {},
                                 [&](nitro::Call) -> Result<nitro::Answer> {
                                   ++asked;
                                   return fail(ErrorKind::Retry, Reason::ApplianceUnreachable, "gone");
                                 });

  EXPECT_EQ(verdicts(rights), "look.config not tried: gone\nfiles.list not tried: not reached: gone\n");
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace certsync::cli
