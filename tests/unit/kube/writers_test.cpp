// What the operator writes to the API server about objects: status, finalizers, events.
#include <thread>

#include "unit/kube/fake_api.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "kube/cluster_events.h"
#include "kube/cluster_status.h"
#include "kube/finalizers.h"
#include "kube/micro_time.h"
#include "kube/paths.h"
#include "support/manual_clock.h"
#include "support/quiet_recorder.h"

namespace certsync::kube {
namespace {

using namespace test;
using namespace std::chrono_literals;
using json = nlohmann::json;

const model::ObjectRef kWww{"team-a", "www"};
const std::string kPath = sync_path(kWww);

/// Queued writes are carried out when the test says so, in its own thread.
class Writing : public testing::Test {
 protected:
  void put(json object = json::object()) {
    api_.put(kPath, std::move(object));
    see();
  }
  void see() { live_.saw(kSyncKind, *api_.find(kPath)); }
  /// Everything that is due, once.
  void write_all(WriteQueue& queue) {
    std::jthread worker([&](std::stop_token stop) { queue.run(std::move(stop)); });
    EXPECT_TRUE(queue.drain(10s));
  }
  std::string calls() {
    std::string text;
    for (const auto& call : api_.calls())
      text += call + "\n";
    api_.forget_calls();
    return text;
  }
  static model::CertSync sync(model::DeletionPolicy policy = model::DeletionPolicy::Retain) {
    model::CertSync sync;
    sync.meta.ref = kWww;
    sync.spec.deletion_policy = policy;
    return sync;
  }

  FakeApi api_;
  LiveObjects live_;
  support::ManualClock clock_;
  support::QuietRecorder recorder_;
  Logger log_{LogLevel::Error, LogFormat::Text, [](std::string_view) {}};
  WriteQueue queue_{clock_};
  bool leading_ = true;
  ClusterStatus status_{api_, live_, queue_, [this] { return leading_; }, log_, recorder_};
  Finalizers finalizers_{api_, live_, queue_, [this] { return leading_; }, log_};
  ClusterEvents events_{"pod-1", api_, live_, queue_, [this] { return leading_; }, clock_, log_};
};

const std::string kPatchStatus = "PATCH " + kPath + "/status\n";
const std::string kPatch = "PATCH " + kPath + "\n";
const std::string kGet = "GET " + kPath + "\n";

TEST_F(Writing, StatusIsWrittenOnceAndAgainOnlyWhenItSaysMore) {
  put();
  auto object = sync();
  object.status.targets = "0/1";

  status_.write(object);
  write_all(queue_);
  EXPECT_EQ(calls(), kPatchStatus);
  object.status.last_sync_time = clock_.now();
  status_.write(object);
  write_all(queue_);
  EXPECT_EQ(calls(), kPatchStatus) << "the first time of all is news";
  object.status.last_sync_time = clock_.now() + 59min;
  status_.write(object);
  write_all(queue_);
  EXPECT_EQ(calls(), "") << "a later time alone is none";
  object.status.last_sync_time = clock_.now() + 61min;
  status_.write(object);
  write_all(queue_);
  EXPECT_EQ(calls(), kPatchStatus) << "unless it has become an hour wrong";
}

TEST_F(Writing, StatusLosesWhatIsNoMoreTrue) {
  put({{"status", {{"targets", "1/1"}, {"plan", {"add certkey x"}}}}});

  auto object = sync();
  object.status.targets = "1/1";
  status_.write(object);
  write_all(queue_);

  EXPECT_EQ(api_.find(kPath)->at("status"), json::parse(R"({"observedGeneration":0,"targets":"1/1"})"));
}

TEST_F(Writing, StatusGoesOnTopOfWhatSomebodyWroteFirst) {
  put();
  api_.before_next([](FakeApi& api) { api.put(kPath, {{"spec", {{"suspend", true}}}}); });

  status_.write(sync());
  write_all(queue_);

  EXPECT_EQ(calls(), kPatchStatus + kGet + kPatchStatus);
  EXPECT_TRUE(api_.find(kPath)->at("spec").at("suspend")) << "and leaves it";
}

TEST_F(Writing, StatusIsNotGivenToANamesake) {
  put();
  api_.before_next([](FakeApi& api) {
    api.remove(kPath);
    api.put(kPath, json::object());
  });

  status_.write(sync());
  write_all(queue_);

  EXPECT_FALSE(api_.find(kPath)->contains("status"));
}

TEST_F(Writing, NothingIsWrittenByAStandbyNorForWhatIsGone) {
  status_.write(sync());
  write_all(queue_);
  put();
  leading_ = false;
  status_.write(sync());
  finalizers_.settle(sync(model::DeletionPolicy::Delete));
  events_.record({ports::EventType::Normal, kSyncKind, kWww, "Synced", "Sync", "done"});
  write_all(queue_);

  EXPECT_EQ(calls(), "");
}

json with_finalizers(const json& list) {
  return {{"metadata", {{"finalizers", list}}}};
}

TEST_F(Writing, TheFinalizerIsPutOnBeforeAnythingIsDone) {
  put();

  EXPECT_FALSE(finalizers_.settle(sync(model::DeletionPolicy::Delete)));
  write_all(queue_);

  EXPECT_EQ(api_.find(kPath)->at("metadata").at("finalizers"), json::array({kFinalizer}));
  EXPECT_TRUE(finalizers_.settle(sync(model::DeletionPolicy::Delete)));
}

TEST_F(Writing, OthersFinalizersStay) {
  put(with_finalizers({"a.example/x", kFinalizer, "b.example/y"}));

  finalizers_.release(kWww);
  write_all(queue_);
  EXPECT_EQ(api_.find(kPath)->at("metadata").at("finalizers"), json::array({"a.example/x", "b.example/y"}));

  see();
  EXPECT_FALSE(finalizers_.settle(sync(model::DeletionPolicy::Delete)));
  write_all(queue_);
  EXPECT_EQ(api_.find(kPath)->at("metadata").at("finalizers"), json::array({"a.example/x", "b.example/y", kFinalizer}));
}

TEST_F(Writing, AListThatChangedUnderneathIsLookedAtAgain) {
  put(with_finalizers({"a.example/x", kFinalizer}));
  api_.before_next([](FakeApi& api) { api.put(kPath, with_finalizers({kFinalizer})); });

  finalizers_.release(kWww);
  write_all(queue_);

  EXPECT_EQ(calls(), kPatch + kGet + kPatch);
  EXPECT_EQ(api_.find(kPath)->at("metadata").at("finalizers"), json::array());
}

TEST(FinalizerPatch, IsExact) {
  const LiveObject bare{"u1", "7", {}, false, "", ""};
  const LiveObject ours{"u1", "7", {"a.example/x", kFinalizer}, false, "", ""};
  const LiveObject going{"u1", "7", {}, true, "", ""};

  EXPECT_EQ(finalizer_patch(bare, true).dump(),
            R"([{"op":"test","path":"/metadata/uid","value":"u1"},)"
            R"({"op":"test","path":"/metadata/resourceVersion","value":"7"},)"
            R"({"op":"add","path":"/metadata/finalizers","value":["netscaler.certsync.io/cleanup"]}])");
  EXPECT_EQ(finalizer_patch(ours, false).dump(),
            R"([{"op":"test","path":"/metadata/uid","value":"u1"},)"
            R"({"op":"test","path":"/metadata/finalizers/1","value":"netscaler.certsync.io/cleanup"},)"
            R"({"op":"remove","path":"/metadata/finalizers/1"}])");
  EXPECT_TRUE(finalizer_patch(ours, true).is_null());
  EXPECT_TRUE(finalizer_patch(bare, false).is_null());
  EXPECT_TRUE(finalizer_patch(going, true).is_null()) << "none may be added once a deletion has begun";
}

TEST(EventDocument, IsWhatTheServerTakes) {
  const ports::Event event{ports::EventType::Warning,   kApplianceKind, {"", "edge"}, "Drifted", "Observe",
                           std::string(1023, 'x') + "ü"};
  const LiveObject live{"u1", "7", {}, false, "", ""};

  const json document = event_document(event, &live, "pod-1", "abc", TimePoint(std::chrono::seconds(1'767'225'600)));

  EXPECT_EQ(document["metadata"].dump(), R"({"name":"edge.abc","namespace":"default"})");
  EXPECT_EQ(document["regarding"].dump(),
            R"({"apiVersion":"netscaler.certsync.io/v1alpha1","kind":"NetScalerAppliance","name":"edge",)"
            R"("resourceVersion":"7","uid":"u1"})");
  EXPECT_EQ(document["note"], std::string(1023, 'x')) << "1024 bytes, and no half character";
  EXPECT_EQ(document["eventTime"], "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(document["type"], "Warning");
}

TEST_F(Writing, EventsThatRepeatBecomeASeries) {
  put();
  const ports::Event event{ports::EventType::Normal, kSyncKind, kWww, "Synced", "Sync", "done"};
  const std::string create = "POST /apis/events.k8s.io/v1/namespaces/team-a/events\n";

  events_.record(event);
  write_all(queue_);
  EXPECT_EQ(calls(), create);
  events_.record(event);
  write_all(queue_);
  EXPECT_EQ(calls().rfind("PATCH /apis/events.k8s.io/v1/namespaces/team-a/events/www.", 0), 0u);
  events_.record(event);
  write_all(queue_);
  EXPECT_EQ(calls(), "") << "counted, and written now and then";
  clock_.advance(ClusterEvents::kSeriesEnds);
  events_.record(event);
  write_all(queue_);
  EXPECT_EQ(calls(), create) << "after a quiet time it is a new one";
}

TEST(MicroTime, HasSixDigits) {
  EXPECT_EQ(to_micro_time(TimePoint(std::chrono::seconds(1'767'225'600) + 42us)), "2026-01-01T00:00:00.000042Z");
}

}  // namespace
}  // namespace certsync::kube
