#include "kube/reflector.h"

#include "unit/kube/fake_api.h"
#include "unit/kube/test_sleeper.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/manual_clock.h"
#include "support/quiet_recorder.h"

namespace certsync::kube {
namespace {

using namespace test;
using namespace std::chrono_literals;
using json = nlohmann::json;

const std::string kSecrets = "/api/v1/namespaces/team-a/secrets";

/// What the mirror told, as text: "changed a@101; gone b; listed; ".
class Told final : public ObjectHandler {
 public:
  void metadata_changed(model::ObjectMeta meta) override {
    text += "changed " + meta.ref.name + "@" + meta.resource_version + "; ";
  }
  void gone(const model::ObjectRef& ref) override { text += "gone " + ref.name + "; "; }
  void listed() override { text += "listed; "; }
  void list_failed(const ApiError& error) override { text += "failed " + std::to_string(error.code) + "; "; }

  std::string text;
};

class Reflection : public testing::Test {
 protected:
  /// Until the script of the fake is at its end.
  void mirror() {
    Reflector reflector({"secrets", kSecrets, {}, true}, api_, told_, recorder_, clock_, sleeper_, log_,
                        [] { return 0.0; });
    reflector.run(api_.stop.get_token());
  }
  void put(const std::string& name) { api_.put(kSecrets + "/" + name, json::object()); }
  void remove(const std::string& name) { api_.remove(kSecrets + "/" + name); }
  /// A watch that has lasted for a while.
  FakeApi::Step lasting(FakeApi::Step step) {
    return [this, step = std::move(step)](FakeApi& api) {
      clock_.advance(1min);
      return step(api);
    };
  }
  std::string calls() const {
    std::string text;
    for (const auto& call : api_.calls())
      text += call + "\n";
    return text;
  }

  FakeApi api_;
  Told told_;
  support::QuietRecorder recorder_;
  support::ManualClock clock_;
  TestSleeper sleeper_{clock_};
  Logger log_{LogLevel::Error, LogFormat::Text, [](std::string_view) {}};
};

/// The server tells watches as text, or as protobuf.
class ReflectionInEachForm : public Reflection, public testing::WithParamInterface<bool> {
 protected:
  ReflectionInEachForm() { api_.protobuf = GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(, ReflectionInEachForm, testing::Bool(),
                         [](const auto& form) { return form.param ? "Protobuf" : "Text"; });

TEST_P(ReflectionInEachForm, ListsThenWatchesFromThere) {
  put("a");
  put("b");
  api_.then(meanwhile([&](FakeApi&) { put("c"); }));
  api_.then(meanwhile([&](FakeApi&) { remove("a"); }));

  mirror();

  EXPECT_EQ(told_.text, "changed a@101; changed b@102; listed; changed c@103; gone a; ");
  EXPECT_EQ(calls(), "list by stream\nwatch from 102\n");
}

TEST_P(ReflectionInEachForm, ListsByPagesWhereThereAreNoStreamingLists) {
  api_.streaming_lists = false;
  api_.page_size = 1;
  put("a");
  put("b");

  mirror();

  EXPECT_EQ(told_.text, "changed a@101; changed b@102; listed; ");
  EXPECT_EQ(calls(), "list by stream\nGET " + kSecrets + "?limit=500\nGET " + kSecrets +
                         "?limit=500&continue=1\nwatch from 102\n");
}

TEST_P(ReflectionInEachForm, ListsEverythingAtOnceWhenAPageHasExpired) {
  api_.streaming_lists = false;
  api_.page_size = 1;
  put("a");
  put("b");
  // The second page: the first call is the refused stream, the second the first page.
  api_.before_next([](FakeApi&) {});
  api_.before_next([](FakeApi& api) { api.refuse_next(api_error(410, "Expired")); });

  mirror();

  EXPECT_EQ(told_.text, "changed a@101; changed a@101; changed b@102; listed; ");
  EXPECT_NE(calls().find("GET " + kSecrets + "\n"), std::string::npos) << calls();
}

TEST_P(ReflectionInEachForm, AWatchThatEndsGoesOnWithoutAList) {
  put("a");
  api_.then(lasting(ends()));
  api_.then(lasting(breaks()));
  api_.then(meanwhile([&](FakeApi&) { put("b"); }));

  mirror();

  EXPECT_EQ(told_.text, "changed a@101; listed; changed b@102; ");
  EXPECT_EQ(calls(), "list by stream\nwatch from 101\nwatch from 101\nwatch from 101\n");
}

TEST_P(ReflectionInEachForm, AnExpiredVersionIsListedAgain) {
  put("a");
  put("b");
  api_.then([&](FakeApi& api) {
    clock_.advance(1min);
    remove("b");
    put("c");
    api.compact();
    return breaks()(api);
  });

  mirror();

  EXPECT_EQ(told_.text,
            "changed a@101; changed b@102; listed; "
            "changed a@101; changed c@104; gone b; listed; ");
}

TEST_P(ReflectionInEachForm, SilenceFromTheStartIsListedAgain) {
  put("a");
  // How a server answers that has never heard of our version.
  api_.then(lasting(falls_silent()));

  mirror();

  EXPECT_EQ(calls(), "list by stream\nwatch from 101\nlist by stream\nwatch from 101\n");
}

TEST_P(ReflectionInEachForm, SilenceAfterNewsIsWatchedAgain) {
  put("a");
  api_.then(meanwhile([&](FakeApi&) { put("b"); }));
  api_.then(lasting(falls_silent()));

  mirror();

  EXPECT_EQ(calls(), "list by stream\nwatch from 101\nwatch from 102\n");
}

TEST_P(ReflectionInEachForm, AWatchThatEndsAtOnceIsListedAgainAfterAPause) {
  put("a");
  api_.then(ends());

  mirror();

  EXPECT_EQ(calls(), "list by stream\nwatch from 101\nlist by stream\nwatch from 101\n");
  EXPECT_EQ(sleeper_.slept(), "800ms");
}

struct Refusal {
  const char* name;
  ApiError error;
  const char* calls;
  const char* slept;
};

class RefusedWatch : public Reflection, public testing::WithParamInterface<Refusal> {};

TEST_P(RefusedWatch, GoesOnAsTheErrorSays) {
  put("a");
  api_.then([&](FakeApi& api) {
    clock_.advance(1min);
    put("b");
    api.refuse_next(GetParam().error);
    return ends()(api);
  });

  mirror();

  EXPECT_EQ(calls(), GetParam().calls);
  EXPECT_EQ(sleeper_.slept(), GetParam().slept);
  EXPECT_NE(told_.text.find("changed b@102"), std::string::npos);
}

ApiError wait(ApiError error, std::chrono::milliseconds time) {
  error.retry_after = time;
  return error;
}

ApiError unreachable() {
  ApiError error;
  error.message = "connection refused";
  return error;
}

INSTANTIATE_TEST_SUITE_P(
    , RefusedWatch,
    testing::Values(Refusal{"Throttled", wait(api_error(429), 7s),
                            "list by stream\nwatch from 101\nwatch from 101\nwatch from 101\n", "7s"},
                    Refusal{"Unreachable", unreachable(),
                            "list by stream\nwatch from 101\nwatch from 101\nwatch from 101\n", "800ms"},
                    Refusal{"InternalError", api_error(500),
                            "list by stream\nwatch from 101\nwatch from 101\nlist by stream\nwatch from 102\n",
                            "800ms"},
                    Refusal{"Gone", api_error(410),
                            "list by stream\nwatch from 101\nwatch from 101\nlist by stream\nwatch from 102\n", ""},
                    Refusal{"BehindThatVersion", wait(api_error(504, "Timeout"), 1s),
                            "list by stream\nwatch from 101\nwatch from 101\nlist by stream\nwatch from 102\n", "1s"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_P(ReflectionInEachForm, AListIsTriedAgainForEverWithBackOff) {
  for (int i = 0; i < 8; ++i)
    api_.refuse_next(api_error(503));
  put("a");

  mirror();

  EXPECT_EQ(sleeper_.slept(), "800ms 1s600ms 3s200ms 6s400ms 12s800ms 25s600ms 30s 30s");
  EXPECT_EQ(told_.text,
            "failed 503; failed 503; failed 503; failed 503; failed 503; failed 503; failed 503; failed 503; "
            "changed a@101; listed; ");
}

TEST_P(ReflectionInEachForm, WhatIsForbiddenIsAskedForSeldom) {
  api_.refuse_next(api_error(403, "Forbidden"));

  mirror();

  EXPECT_EQ(sleeper_.slept(), "30s");
}

TEST_P(ReflectionInEachForm, AskingForARestartedServerKeepsTheMirror) {
  put("a");
  put("b");
  api_.then([&](FakeApi& api) {
    clock_.advance(1min);
    // The history goes with the server, and the first lists fail.
    remove("a");
    api.compact();
    api.refuse_next(unreachable());
    api.refuse_next(api_error(410));
    api.refuse_next(api_error(500));
    return breaks()(api);
  });

  mirror();

  // Nothing is gone before a whole list says so.
  EXPECT_EQ(told_.text,
            "changed a@101; changed b@102; listed; failed 500; "
            "changed b@102; gone a; listed; ");
}

}  // namespace
}  // namespace certsync::kube
