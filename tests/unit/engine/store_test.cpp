#include "engine/store.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace certsync::engine {
namespace {

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    store_.listen({[this](const std::string& appliance) { heard_ += appliance + " "; },
                   [this](const model::ObjectRef& sync) { heard_ += to_text(sync) + " "; }});
    put_appliance("edge", {});
    put_appliance("dmz", {{"zone", "dmz"}});
    heard_.clear();
  }

  void put_appliance(const std::string& name, model::Labels labels) {
    model::Appliance appliance;
    appliance.meta.ref = {"", name};
    appliance.meta.labels = std::move(labels);
    appliance.spec.credentials_secret = "nitro";
    store_.put(std::move(appliance));
  }
  model::CertSync sync(const std::string& name) {
    model::CertSync object;
    object.meta.ref = {"default", name};
    object.spec.secret_name = name + "-tls";
    object.spec.appliances = {"edge"};
    return object;
  }
  void put_secret(const model::ObjectRef& ref, const std::string& version = "1") {
    ports::SecretMeta secret;
    secret.meta.ref = ref;
    secret.meta.resource_version = version;
    secret.type = "kubernetes.io/tls";
    store_.put(std::move(secret));
  }
  std::string heard() { return std::exchange(heard_, ""); }

  std::string heard_;
  support::ManualClock clock_;
  Store store_{{"netscaler-cert-sync"}, clock_};
};

TEST_F(StoreTest, ASyncConcernsTheAppliancesItNames) {
  store_.put(sync("www"));

  EXPECT_EQ(heard(), "default/www edge ");
}

TEST_F(StoreTest, OfTwoObjectsForOnePlaceTheElderCounts) {
  const auto object = [](const char* name, const char* endpoint, const char* partition, int created) {
    model::Appliance appliance;
    appliance.meta.ref = {"", name};
    appliance.meta.created = TimePoint(std::chrono::seconds(created));
    appliance.spec.endpoints = {endpoint};
    appliance.spec.partition = partition;
    return appliance;
  };
  const auto elder = object("z-elder", "https://Box.example:443", "", 100);
  const auto younger = object("a-younger", "https://box.example", "", 200);
  const auto same_age = object("zz", "https://box.example", "", 100);
  const auto elsewhere = object("partition", "https://box.example", "p1", 300);
  for (const auto& one : {elder, younger, same_age, elsewhere})
    store_.put(one);

  EXPECT_EQ(store_.elder_twin(elder), nullptr);
  ASSERT_NE(store_.elder_twin(younger), nullptr);
  EXPECT_EQ(store_.elder_twin(younger)->meta.ref.name, "z-elder");
  ASSERT_NE(store_.elder_twin(same_age), nullptr);
  EXPECT_EQ(store_.elder_twin(same_age)->meta.ref.name, "z-elder");
  EXPECT_EQ(store_.elder_twin(elsewhere), nullptr);
}

TEST_F(StoreTest, ASecretConcernsThoseThatReferToIt) {
  store_.put(sync("www"));
  heard();

  put_secret({"default", "www-tls"});
  EXPECT_EQ(heard(), "edge ");
  put_secret({"default", "nobodys"});
  put_secret({"other", "www-tls"});
  EXPECT_EQ(heard(), "");
}

TEST_F(StoreTest, TheSecretWithAPasswordConcernsThoseThatUseIt) {
  auto www = sync("www");
  www.spec.source.password = model::SecretEntry{"password", "word"};
  store_.put(www);
  auto files = sync("files");
  files.spec.secret_name.reset();
  files.spec.appliances = {"dmz"};
  files.spec.source.files = model::FileSource{"a", "b"};
  files.spec.source.password = model::SecretEntry{"password", "word"};
  store_.put(files);
  heard();

  put_secret({"default", "password"});
  EXPECT_EQ(heard(), "dmz edge ");
  put_secret({"elsewhere", "password"});
  EXPECT_EQ(heard(), "");
}

TEST_F(StoreTest, ACredentialsSecretConcernsItsAppliances) {
  put_secret({"netscaler-cert-sync", "nitro"});

  EXPECT_EQ(heard(), "dmz edge ");
}

TEST_F(StoreTest, ALabelOfANamespaceConcernsAppliancesThatGrantBySelector) {
  model::Appliance selecting;
  selecting.meta.ref = {"", "core"};
  selecting.spec.grants.emplace_back().from = model::GrantFrom::Selector;
  store_.put(selecting);
  heard();

  store_.put_namespace("team-a", {{"tier", "web"}});
  EXPECT_EQ(heard(), "core ");
  store_.put_namespace("team-a", {{"tier", "web"}});
  EXPECT_EQ(heard(), "");
  store_.put_namespace("team-a", {});
  EXPECT_EQ(heard(), "core ");
  store_.remove_namespace("team-a");
  EXPECT_EQ(heard(), "core ");
  store_.remove_namespace("team-a");
  EXPECT_EQ(heard(), "");
}

TEST_F(StoreTest, AccessCarriesTheLabelsThatItsGrantsAskFor) {
  store_.put_namespace("team-a", {{"tier", "web"}});
  model::Appliance open;
  open.spec.open_to_all = true;
  model::Appliance selecting;
  selecting.spec.grants.emplace_back().from = model::GrantFrom::Selector;

  EXPECT_TRUE(store_.access_to(open).open_to_all);
  EXPECT_TRUE(store_.access_to(open).namespaces.empty());
  EXPECT_FALSE(store_.access_to(selecting).open_to_all);
  EXPECT_EQ(store_.access_to(selecting).namespaces, (plan::Namespaces{{"team-a", {{"tier", "web"}}}}));
}

TEST_F(StoreTest, ASelectorFollowsLabels) {
  auto object = sync("www");
  object.spec.appliances.clear();
  object.spec.appliance_selector = model::LabelSelector{{{"zone", "dmz"}}, {}};
  store_.put(object);
  EXPECT_EQ(heard(), "default/www dmz ");
  EXPECT_EQ(store_.syncs_of("dmz").size(), 1u);
  EXPECT_TRUE(store_.syncs_of("edge").empty());

  put_appliance("edge", {{"zone", "dmz"}});

  EXPECT_EQ(heard(), "default/www edge ");
  EXPECT_EQ(store_.syncs_of("edge").size(), 1u);
}

TEST_F(StoreTest, AChangedSpecConcernsOldAndNewAppliances) {
  store_.put(sync("www"));
  heard();
  auto moved = sync("www");
  moved.spec.appliances = {"dmz"};

  store_.put(moved);

  EXPECT_EQ(heard(), "default/www dmz edge ");
}

TEST_F(StoreTest, KnowsWhenAVersionWasFirstSeen) {
  put_secret({"default", "a"}, "1");
  const auto first = store_.secret({"default", "a"})->seen_at;
  clock_.advance(std::chrono::seconds(5));

  put_secret({"default", "a"}, "1");
  EXPECT_EQ(store_.secret({"default", "a"})->seen_at, first);
  put_secret({"default", "a"}, "2");
  EXPECT_EQ(store_.secret({"default", "a"})->seen_at, first + std::chrono::seconds(5));
}

TEST_F(StoreTest, FindsResourcesByTheirMark) {
  store_.put(sync("www"));

  EXPECT_EQ(to_text(store_.find_by_mark("ba6dcbd8810fb4bc")->meta.ref), "default/www");
  store_.remove_cert_sync({"default", "www"});
  EXPECT_EQ(store_.find_by_mark("ba6dcbd8810fb4bc"), nullptr);
}

}  // namespace
}  // namespace certsync::engine
