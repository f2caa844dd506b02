#include "engine/sync_index.h"

#include <gtest/gtest.h>

namespace certsync::engine {
namespace {

using model::ObjectRef;

model::CertSync sync(const std::string& name) {
  model::CertSync object;
  object.meta.ref = {"team", name};
  object.spec.appliances = {"edge"};
  return object;
}

std::string text(const SyncIndex::Refs& refs) {
  std::string text;
  for (const auto& ref : refs)
    text += (text.empty() ? "" : " ") + to_text(ref);
  return text;
}

class SyncIndexTest : public testing::Test {
 protected:
  SyncIndexTest() {
    named_.spec.secret_name = "www-tls";
    locked_.spec.secret_name = "store";
    locked_.spec.source.password = model::SecretEntry{"password", "p"};
    selecting_.spec.selector.emplace();
    selecting_.spec.appliances.clear();
    selecting_.spec.appliance_selector.emplace();
    files_.spec.source.files.emplace();
    files_.spec.secret_name = "not read";
    for (const auto& one : {named_, locked_, selecting_, files_})
      index_.add(one);
  }
  std::string readers(const ObjectRef& secret, const std::string& type = "kubernetes.io/tls") const {
    return text(index_.readers_of(secret, type));
  }

  model::CertSync named_ = sync("named");
  model::CertSync locked_ = sync("locked");
  model::CertSync selecting_ = sync("selecting");
  model::CertSync files_ = sync("files");
  SyncIndex index_;
};

TEST_F(SyncIndexTest, FindsWhoReadsASecret) {
  EXPECT_EQ(readers({"team", "www-tls"}), "team/named team/selecting");
  EXPECT_EQ(readers({"team", "password"}, "Opaque"), "team/locked");
  EXPECT_EQ(readers({"team", "store"}, "Opaque"), "team/locked");
  EXPECT_EQ(readers({"team", "another"}), "team/selecting");
  EXPECT_EQ(readers({"elsewhere", "www-tls"}), "");
  EXPECT_EQ(readers({"files:team", "files"}), "team/files");
  EXPECT_EQ(readers({"team", "not read"}, "Opaque"), "");
}

TEST_F(SyncIndexTest, FindsWhoMayWantSomethingOnAnAppliance) {
  EXPECT_EQ(text(index_.candidates_for("edge")), "team/files team/locked team/named team/selecting");
  EXPECT_EQ(text(index_.candidates_for("another")), "team/selecting");
}

TEST_F(SyncIndexTest, ForgetsWhatIsRemoved) {
  index_.remove(named_);
  EXPECT_EQ(readers({"team", "www-tls"}), "team/selecting");
  for (const auto& one : {locked_, selecting_, files_})
    index_.remove(one);

  EXPECT_EQ(readers({"team", "www-tls"}), "");
  EXPECT_EQ(readers({"team", "password"}), "");
  EXPECT_EQ(text(index_.candidates_for("edge")), "");
}

}  // namespace
}  // namespace certsync::engine
