#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "codec/objects.h"

namespace certsync::codec {
namespace {

using nlohmann::json;

TimePoint at(const char* text) {
  return *from_rfc3339(text);
}

model::CertSyncStatus full_sync_status() {
  model::CertSyncStatus status;
  status.observed_generation = 3;
  status.conditions = {
      {"Ready", model::ConditionStatus::True, "Synced", "3/3", 3, at("2026-01-01T00:00:00Z")},
      {"Stalled", model::ConditionStatus::Unknown, "Synced", "", 2, at("2026-01-02T00:00:00Z")},
  };
  status.certificates = {{"www-tls",
                          "default_www-tls",
                          "0A1B",
                          "ff00",
                          at("2026-01-01T00:00:00Z"),
                          at("2026-04-01T00:00:00Z"),
                          {"a.example", "b.example"},
                          9}};
  status.certificates_total = 1;
  status.appliances = {{"edge", true, "Synced", "fine", {"default_www-tls"}, at("2026-01-03T00:00:00Z"), std::nullopt}};
  status.appliances_total = 1;
  status.targets = "1/1";
  status.bound_to = {"edge/vs_www:sni"};
  status.last_sync_time = at("2026-01-03T00:00:00Z");
  status.last_handled_sync_request = "now";
  status.plan = {"upload a", "update b"};
  return status;
}

TEST(StatusJson, SyncComesBackAsItWent) {
  const auto status = full_sync_status();

  EXPECT_EQ(decode_cert_sync_status(json::parse(encode_status(status).dump())), status);
}

TEST(StatusJson, SyncLooksLikeThis) {
  auto status = full_sync_status();
  status.conditions.resize(1);

  EXPECT_EQ(encode_status(status).dump(1, '\t'), nlohmann::ordered_json::parse(R"({
    "observedGeneration": 3,
    "conditions": [{"type": "Ready", "status": "True", "reason": "Synced", "message": "3/3",
                    "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 3}],
    "certificates": [{"secretName": "www-tls", "certKey": "default_www-tls", "serial": "0A1B", "sha256": "ff00",
                      "notBefore": "2026-01-01T00:00:00Z", "notAfter": "2026-04-01T00:00:00Z",
                      "dnsNames": ["a.example", "b.example"], "dnsNamesTotal": 9}],
    "certificatesTotal": 1,
    "appliances": [{"name": "edge", "ready": true, "reason": "Synced", "message": "fine",
                    "certKeys": ["default_www-tls"], "lastSyncTime": "2026-01-03T00:00:00Z"}],
    "appliancesTotal": 1, "targets": "1/1", "boundTo": ["edge/vs_www:sni"],
    "lastSyncTime": "2026-01-03T00:00:00Z", "lastHandledSyncRequest": "now", "plan": ["upload a", "update b"]})")
                                                     .dump(1, '\t'));
}

TEST(StatusJson, ApplianceComesBackAsItWent) {
  model::ApplianceStatus status;
  status.observed_generation = 2;
  status.conditions = {{"Saved", model::ConditionStatus::False, "Drifted", "m", 2, at("2026-01-01T00:00:00Z")}};
  status.primary_endpoint = "https://192.0.2.10";
  status.version = "14.1";
  status.certkeys = 12;
  status.managed_certkeys = 3;
  status.next_expiry = {"web", at("2026-04-01T00:00:00Z")};
  status.last_sync_time = at("2026-01-03T00:00:00Z");
  status.last_save_time = at("2026-01-04T00:00:00Z");

  EXPECT_EQ(decode_appliance_status(json::parse(encode_status(status).dump())), status);
}

TEST(StatusJson, EmptyMembersAreLeftOut) {
  EXPECT_EQ(encode_status(model::CertSyncStatus{}).dump(), R"({"observedGeneration":0})");
  EXPECT_EQ(encode_status(model::ApplianceStatus{}).dump(), R"({"observedGeneration":0})");
}

TEST(StatusJson, WhatDoesNotFitIsPassedOver) {
  const auto status = decode_cert_sync_status(json::parse(
      R"({"observedGeneration": "3", "conditions": [1, {"type": 2}], "certificatesTotal": -1, "plan": "x", "targets": "2/2"})"));

  EXPECT_EQ(status.observed_generation, 0);
  EXPECT_EQ(status.conditions.size(), 1U);
  EXPECT_EQ(status.certificates_total, 0U);
  EXPECT_EQ(status.targets, "2/2");
  EXPECT_EQ(decode_cert_sync_status(json("text")), model::CertSyncStatus{});
}

}  // namespace
}  // namespace certsync::codec
