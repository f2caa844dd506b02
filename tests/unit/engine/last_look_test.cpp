#include "engine/last_look.h"

#include <gtest/gtest.h>

namespace certsync::engine {
namespace {

using Meta = std::optional<model::ObjectMeta>;

/// What the API server holds.
class Live final : public ports::LiveReader {
 public:
  Result<Meta> read_sync_meta(const model::ObjectRef& ref, std::stop_token) override {
    asked += to_text(ref) + " ";
    return sync;
  }
  Result<Meta> read_appliance_meta(const std::string& name, std::stop_token) override {
    asked += name + " ";
    return appliance;
  }
  Result<Meta> sync;
  Result<Meta> appliance;
  std::string asked;
};

model::ObjectMeta meta(const std::string& uid, std::int64_t generation, bool deleting = false) {
  model::ObjectMeta meta;
  meta.uid = uid;
  meta.generation = generation;
  meta.deleting = deleting;
  return meta;
}

const tl::unexpected<Error> kNobodyAnswers = fail(ErrorKind::Retry, Reason::StaleView, "no connection");

// The plan went by sync "a" of generation 2 and appliance "b" of generation 7.
class LastLookAt : public testing::Test {
 protected:
  LastLookAt() {
    live_.sync = Meta(meta("a", 2));
    live_.appliance = Meta(meta("b", 7));
    auto appliance = std::make_shared<model::Appliance>();
    appliance->meta = meta("b", 7);
    appliance->meta.ref.name = "edge";
    appliance_ = appliance;
    sync_->meta = meta("a", 2);
    sync_->meta.ref = kWww;
  }
  LastLook look() {
    return LastLook(&live_, appliance_, [this](const auto& ref) { return ref == kWww ? sync_ : SyncPtr(); }, {});
  }
  std::string verdict() {
    const auto at = look().at(kWww);
    if (at) return "go";
    EXPECT_EQ(at.error().reason, Reason::StaleView);
    EXPECT_EQ(at.error().kind, ErrorKind::Retry);
    return at.error().message;
  }

  const model::ObjectRef kWww{"default", "www"};
  Live live_;
  AppliancePtr appliance_;
  std::shared_ptr<model::CertSync> sync_ = std::make_shared<model::CertSync>();
};

TEST_F(LastLookAt, TheSameGoesOn) {
  EXPECT_EQ(verdict(), "go");
}

TEST_F(LastLookAt, AnotherGenerationWaits) {
  live_.sync = Meta(meta("a", 3));
  EXPECT_EQ(verdict(),
            "NetScalerCertSync default/www has changed, and the news is not here yet; nothing is taken away before (it "
            "is generation 3, uid a; known is: generation 2, uid a)");
}

TEST_F(LastLookAt, ANamesakeWaits) {
  live_.sync = Meta(meta("new", 2));
  EXPECT_NE(verdict(), "go");
}

TEST_F(LastLookAt, OneThatIsGoneWaits) {
  live_.sync = Meta();
  EXPECT_NE(verdict().find("(it is not there; known is: generation 2, uid a)"), std::string::npos) << verdict();
}

TEST_F(LastLookAt, ADeletionThatIsNewsWaits) {
  live_.sync = Meta(meta("a", 2, true));
  EXPECT_NE(verdict(), "go");
}

TEST_F(LastLookAt, ADeletionThatWasPlannedForGoesOn) {
  sync_->meta.deleting = true;
  live_.sync = Meta(meta("a", 2, true));
  EXPECT_EQ(verdict(), "go");
}

TEST_F(LastLookAt, AnotherApplianceWaits) {
  live_.appliance = Meta(meta("b", 8));
  EXPECT_EQ(verdict().find("NetScalerAppliance edge has changed"), 0u) << verdict();
}

TEST_F(LastLookAt, WhatNobodyCanSayWaits) {
  live_.sync = kNobodyAnswers;
  EXPECT_EQ(verdict(),
            "nothing is taken away before the API server has confirmed NetScalerCertSync default/www: no connection");
  live_.appliance = kNobodyAnswers;
  EXPECT_EQ(verdict(),
            "nothing is taken away before the API server has confirmed NetScalerAppliance edge: no connection");
}

TEST_F(LastLookAt, AsksOnceForEach) {
  auto one = look();
  EXPECT_TRUE(one.at(kWww));
  EXPECT_TRUE(one.at(kWww));
  EXPECT_EQ(live_.asked, "edge default/www ");
}

TEST_F(LastLookAt, WhereNobodyKnowsMoreNobodyIsAsked) {
  LastLook blind(nullptr, appliance_, [](const auto&) { return SyncPtr(); }, {});
  EXPECT_TRUE(blind.at(kWww));
}

}  // namespace
}  // namespace certsync::engine
