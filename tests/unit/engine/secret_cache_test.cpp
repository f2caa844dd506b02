#include "engine/secret_cache.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/test_pki.h"

namespace certsync::engine {
namespace {

/// One Secret that can be written, taken away and forbidden; counts how often it was read.
class OneSecret final : public ports::SecretReader {
 public:
  void write(const std::string& certificate, const std::string& key) {
    certificate_ = certificate;
    key_ = key;
    ++version_;
    there_ = true;
  }
  void remove() { there_ = false; }
  void forbid(bool forbidden) { forbidden_ = forbidden; }
  void write_password(const std::string& password) { password_ = password; }
  int reads() const { return reads_; }
  std::optional<SecretView> view() const {
    if (!there_) return std::nullopt;
    SecretView view;
    view.resource_version = std::to_string(version_);
    return view;
  }
  Result<ports::SecretData> read_secret(const model::ObjectRef& ref) override {
    if (ref == model::ObjectRef{"default", "password"}) return read_password();
    ++reads_;
    if (!there_) return fail(ErrorKind::Gone, Reason::SecretNotFound, "not there");
    if (forbidden_) return fail(ErrorKind::Stalled, Reason::SecretForbidden, "not for us");
    ports::SecretData data;
    data.data.emplace("tls.crt", SecretBytes(std::string(certificate_)));
    data.data.emplace("tls.key", SecretBytes(std::string(key_)));
    return data;
  }

 private:
  Result<ports::SecretData> read_password() const {
    if (!password_) return fail(ErrorKind::Gone, Reason::SecretNotFound, "there is no Secret default/password");
    ports::SecretData data;
    data.data.emplace("word", SecretBytes(std::string(*password_)));
    return data;
  }

  std::string certificate_;
  std::string key_;
  std::optional<std::string> password_;
  int version_ = 0;
  int reads_ = 0;
  bool there_ = false;
  bool forbidden_ = false;
};

class Cache : public testing::Test {
 protected:
  SecretCache::Entry get() { return cache_.get({"default", "www"}, secret_.view(), source_, password_view()); }
  std::optional<SecretView> password_view() const {
    if (password_version_ == 0) return std::nullopt;
    SecretView view;
    view.resource_version = std::to_string(password_version_);
    return view;
  }
  void write_password(const std::string& password) {
    secret_.write_password(password);
    ++password_version_;
  }
  std::string reason() {
    const auto entry = get();
    return entry.chain ? "good"
                       : std::string(to_text(entry.chain.error().kind)) + " " +
                             std::string(to_text(entry.chain.error().reason));
  }

  support::Issued issued_ = support::self_signed({.common_name = "www.example.com"});
  support::Issued other_ = support::self_signed({.common_name = "www.example.com"});
  support::ManualClock clock_;
  model::SourceSpec source_;
  int password_version_ = 0;
  OneSecret secret_;
  SecretCache cache_{secret_, clock_};
};

TEST_F(Cache, KeepsAnIntermediateOnceForAllItsLeaves) {
  const auto intermediate = support::Authority::root("R").intermediate("I");
  const auto chain_of = [&](const std::string& name) {
    const auto leaf = intermediate.issue({.common_name = name});
    secret_.write(leaf.certificate_pem + intermediate.certificate_pem(), leaf.key_pem);
    return *cache_.get({"default", name}, secret_.view(), source_).chain;
  };

  const auto www = chain_of("www");
  const auto shop = chain_of("shop");

  ASSERT_EQ(www->intermediates.size(), 1u);
  EXPECT_NE(www->leaf, shop->leaf);
  EXPECT_EQ(www->intermediates, shop->intermediates);
}

TEST_F(Cache, ReadsAVersionOnce) {
  secret_.write(issued_.certificate_pem, issued_.key_pem);
  get();
  get();
  EXPECT_EQ(secret_.reads(), 1);

  secret_.write(other_.certificate_pem, other_.key_pem);
  get();
  EXPECT_EQ(secret_.reads(), 2);
}

TEST_F(Cache, KnowsTheSizeOfTheKeyFileButNotTheKey) {
  secret_.write(issued_.certificate_pem, issued_.key_pem);
  const auto entry = get();
  const auto key = cache_.private_key({"default", "www"}, {}, *(*entry.chain)->leaf);

  ASSERT_TRUE(key);
  EXPECT_EQ((*entry.chain)->key_file_bytes, key->size());
}

TEST_F(Cache, AMissingSecretIsAskedForEachTime) {
  EXPECT_EQ(reason(), "Gone SecretNotFound");
  EXPECT_EQ(reason(), "Gone SecretNotFound");
  EXPECT_EQ(secret_.reads(), 2);
}

TEST_F(Cache, ARefusedSecretIsAskedForEachTimeSinceRightsHaveNoVersion) {
  secret_.write(issued_.certificate_pem, issued_.key_pem);
  secret_.forbid(true);
  EXPECT_EQ(reason(), "Stalled SecretForbidden");
  EXPECT_EQ(reason(), "Stalled SecretForbidden");
  EXPECT_EQ(secret_.reads(), 2);

  secret_.forbid(false);

  EXPECT_EQ(reason(), "good");
}

TEST_F(Cache, APairThatDoesNotFitWaitsThirtySecondsThenIsWrong) {
  secret_.write(issued_.certificate_pem, other_.key_pem);
  EXPECT_EQ(reason(), "Wait SecretIncomplete");
  EXPECT_EQ(get().look_again, clock_.steady() + kHalfWritten);

  clock_.advance(std::chrono::seconds(29));
  EXPECT_EQ(reason(), "Wait SecretIncomplete");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(reason(), "Stalled SecretInvalid");
}

TEST_F(Cache, AHalfThatBecomesWholeIsGoodAtOnce) {
  secret_.write(issued_.certificate_pem, "");
  EXPECT_EQ(reason(), "Wait SecretIncomplete");

  secret_.write(issued_.certificate_pem, issued_.key_pem);
  EXPECT_EQ(reason(), "good");
}

TEST_F(Cache, AnotherPasswordIsAnotherReading) {
  source_.password = model::SecretEntry{"password", "word"};
  secret_.write(issued_.certificate_pem, support::to_encrypted_pkcs8(issued_.key_pem, "hunter2"));
  EXPECT_EQ(reason(), "Gone SecretNotFound");

  write_password("hunter3");
  EXPECT_EQ(reason(), "Stalled SecretInvalid");
  EXPECT_EQ(secret_.reads(), 2);
  EXPECT_EQ(reason(), "Stalled SecretInvalid");
  EXPECT_EQ(secret_.reads(), 2);

  write_password("hunter2");
  EXPECT_EQ(reason(), "good");
  EXPECT_EQ(secret_.reads(), 3);
}

TEST_F(Cache, PasswordOfFilesIsASecretOfTheResourcesNamespace) {
  source_.password = model::SecretEntry{"password", "word"};
  source_.files = model::FileSource{"a", "b"};

  EXPECT_EQ(password_secret(ports::file_secret_ref({"default", "www"}), source_),
            (model::ObjectRef{"default", "password"}));
}

TEST_F(Cache, WithAFipsKeyTheSecretsOwnKeyIsNotLookedAt) {
  source_.fips_key = "card";
  secret_.write(issued_.certificate_pem, "rubbish");

  const auto entry = get();

  ASSERT_TRUE(entry.chain);
  EXPECT_EQ((*entry.chain)->key_file_bytes, 0u);
}

TEST_F(Cache, AKeyThatMovedOnIsNotUploaded) {
  secret_.write(issued_.certificate_pem, issued_.key_pem);
  const auto leaf = (*get().chain)->leaf;
  secret_.write(other_.certificate_pem, other_.key_pem);

  const auto key = cache_.private_key({"default", "www"}, {}, *leaf);

  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().kind, ErrorKind::Retry);
  EXPECT_EQ(key.error().reason, Reason::SecretIncomplete);
}

}  // namespace
}  // namespace certsync::engine
