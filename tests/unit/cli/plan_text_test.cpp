#include "cli/plan_text.h"

#include "unit/cli/estate_of_looks.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace certsync::cli {
namespace {

using namespace test;

constexpr char kPem[] = "cs-prod-0123456789abcdefaaaaaaaaaaaaaaaaaaaaaaaa.pem";
constexpr char kKey[] = "cs-prod-0123456789abcdefaaaaaaaaaaaaaaaaaaaaaaaa.key";
const model::ObjectRef kSync{"shop", "www"};

model::CertificatePtr leaf(const char* serial, int days_left) {
  auto certificate = std::make_shared<model::Certificate>();
  certificate->serial = serial;
  certificate->not_after = in_days(days_left);
  return certificate;
}

/// A renewal of www on edge, where vs_www and vs_shop use it.
engine::PlanView renewal() {
  engine::PlanView view;
  view.appliance.meta.ref = {"", "edge"};
  view.seen = edge().state;
  view.seen.addresses["vs_www"] = "192.0.2.20:443";
  auto chain = std::make_shared<model::CertificateChain>();
  chain->leaf = leaf("5E", 90);
  plan::WantedCertKey www;
  www.sync = std::make_shared<model::CertSync>();
  www.name = "www";
  www.chain = chain;
  view.plan.certkeys.push_back(www);
  view.plan.steps = {{plan::UploadCertificate{kPem, chain->leaf}, "www", kSync, {}},
                     {plan::UploadKey{kKey, {"shop", "www-tls"}, chain->leaf}, "www", kSync, {}},
                     {plan::UpdateCertKey{"www", kPem, kKey}, "www", kSync, {"vs_shop", "vs_www"}}};
  view.plan.retire = {{plan::DeleteFile{"cs-prod-old.pem"}, "cs-prod-old.pem", {}, {}}};
  return view;
}

AppliancePlan of(engine::PlanView view) {
  AppliancePlan one;
  one.name = view.appliance.meta.ref.name;
  one.view = std::move(view);
  return one;
}

AppliancePlan unreachable() {
  return {"gone", std::nullopt, "ApplianceUnreachable", "login: no answer within 30s"};
}

engine::PlanView waiting() {
  auto view = renewal();
  view.waits["www"] = {{ErrorKind::Wait, Reason::WaitingForWindow, "opens on Sunday"}, in_days(2)};
  return view;
}

TEST(PlanText, InWords) {
  EXPECT_EQ(to_text({{of(renewal()), unreachable()}, {}}, PlanOutput::Words),
            R"(edge
  upload file cs-prod-0123456789abcdefaaaaaaaaaaaaaaaaaaaaaaaa.pem
      why: for certkey www, which holds serial 1A, until 2027-02-24; the Secret has serial 5E, until 2027-04-15
      for: shop/www
  upload file cs-prod-0123456789abcdefaaaaaaaaaaaaaaaaaaaaaaaa.key
      why: for certkey www, which holds serial 1A, until 2027-02-24; the Secret has serial 5E, until 2027-04-15
      for: shop/www
  update certkey www
      why: holds serial 1A, until 2027-02-24; the Secret has serial 5E, until 2027-04-15
      for: shop/www
      cuts connections of: vs_shop, vs_www (192.0.2.20:443)
  save configuration
  delete file cs-prod-old.pem
      why: no certkey uses it any more

gone
  cannot be looked at: ApplianceUnreachable: login: no answer within 30s
)");
}

TEST(PlanText, WhatWaitsSavesNothing) {
  const auto text = to_text({{of(waiting())}, {}}, PlanOutput::Words);

  EXPECT_NE(text.find("      waits: WaitingForWindow: opens on Sunday\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("save configuration"), std::string::npos) << text;
}

TEST(PlanText, AsRequestsWithoutContents) {
  EXPECT_EQ(to_text({{of(renewal())}, {}}, PlanOutput::Requests),
            "# edge\n"
            "POST /nitro/v1/config/systemfile?warning=yes {\"systemfile\":{\"filename\":\"" +
                std::string(kPem) +
                "\",\"filelocation\":\"/nsconfig/ssl\",\"fileencoding\":\"BASE64\",\"filecontent\":\"<base64>\"}}\n"
                "POST /nitro/v1/config/systemfile?warning=yes {\"systemfile\":{\"filename\":\"" +
                kKey +
                "\",\"filelocation\":\"/nsconfig/ssl\",\"fileencoding\":\"BASE64\",\"filecontent\":\"<base64>\"}}\n"
                "POST /nitro/v1/config/sslcertkey?action=update&warning=yes {\"sslcertkey\":{\"cert\":\"" +
                kPem + "\",\"certkey\":\"www\",\"key\":\"" + kKey +
                "\",\"nodomaincheck\":true}}\n"
                "POST /nitro/v1/config/nsconfig?action=save {\"nsconfig\":{}}\n"
                "DELETE /nitro/v1/config/systemfile/cs-prod-old.pem?args=filelocation:%2Fnsconfig%2Fssl\n");
}

TEST(PlanText, WhatWaitsIsAComment) {
  EXPECT_NE(to_text({{of(waiting())}, {}}, PlanOutput::Requests).find("\n# waits, WaitingForWindow: POST "),
            std::string::npos);
}

TEST(PlanText, APartitionHasAFolderOfItsOwn) {
  auto view = renewal();
  view.appliance.spec.partition = "p1";

  EXPECT_NE(to_text({{of(view)}, {}}, PlanOutput::Requests).find("\"/var/partitions/p1/netscaler/ssl\""),
            std::string::npos);
}

TEST(PlanText, WithoutSavingWhereItIsNotOurs) {
  auto view = renewal();
  view.appliance.spec.save_config = model::SaveConfig::Never;

  EXPECT_EQ(to_text({{of(view)}, {}}, PlanOutput::Words).find("save configuration"), std::string::npos);
}

TEST(PlanText, AsJson) {
  auto view = waiting();
  view.plan.problems.push_back({kSync, "other", {ErrorKind::Stalled, Reason::TargetNotFound, "there is no vs_x"}});

  const auto document = nlohmann::json::parse(to_text({{of(view), unreachable()}, {}}, PlanOutput::Json));

  const auto& edge = document["appliances"][0];
  EXPECT_EQ(edge["steps"][2], nlohmann::json::parse(R"({
    "verb": "update", "object": "certkey www", "certKey": "www", "sync": "shop/www",
    "why": "holds serial 1A, until 2027-02-24; the Secret has serial 5E, until 2027-04-15",
    "disturbs": [{"virtualServer": "vs_shop", "endpoint": ""}, {"virtualServer": "vs_www", "endpoint": "192.0.2.20:443"}],
    "waits": {"reason": "WaitingForWindow", "message": "opens on Sunday", "until": "2027-01-17T08:00:00Z"}})"));
  EXPECT_EQ(edge["problems"][0]["reason"], "TargetNotFound");
  EXPECT_EQ(document["appliances"][1]["reachable"], false);
}

TEST(PlanText, WhatNoApplianceTellsIsSaidAsWell) {
  const EstatePlan estate{
      {}, {{kSync, "", {ErrorKind::Stalled, Reason::ApplianceNotFound, "there is no NetScalerAppliance x"}}}};

  EXPECT_EQ(to_text(estate, PlanOutput::Words),
            "cannot be done for shop/www: ApplianceNotFound: there is no NetScalerAppliance x\n");
  EXPECT_EQ(nlohmann::json::parse(to_text(estate, PlanOutput::Json))["problems"][0]["reason"], "ApplianceNotFound");
  EXPECT_EQ(exit_code(estate), 1);
}

TEST(PlanText, TheExitCodeSaysHowItIs) {
  auto nothing = renewal();
  nothing.plan = {};
  auto trouble = nothing;
  trouble.plan.problems.push_back({kSync, "", {ErrorKind::Stalled, Reason::SecretInvalid, "no key"}});

  EXPECT_EQ(exit_code({{of(nothing)}, {}}), 0);
  EXPECT_EQ(exit_code({{of(nothing), of(renewal())}, {}}), 2);
  EXPECT_EQ(exit_code({{of(waiting())}, {}}), 2);
  EXPECT_EQ(exit_code({{of(renewal()), of(trouble)}, {}}), 1);
  EXPECT_EQ(exit_code({{of(renewal()), unreachable()}, {}}), 1);
  EXPECT_NE(to_text({{of(nothing)}, {}}, PlanOutput::Words).find("  nothing to do\n"), std::string::npos);
}

}  // namespace
}  // namespace certsync::cli
