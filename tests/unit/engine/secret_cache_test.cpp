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
  int reads() const { return reads_; }
  std::optional<SecretView> view() const {
    if (!there_) return std::nullopt;
    SecretView view;
    view.meta.meta.resource_version = std::to_string(version_);
    return view;
  }
  Result<ports::SecretData> read_secret(const model::ObjectRef&) override {
    ++reads_;
    if (!there_) return fail(ErrorKind::Gone, Reason::SecretNotFound, "not there");
    ports::SecretData data;
    data.data.emplace("tls.crt", SecretBytes(std::string(certificate_)));
    data.data.emplace("tls.key", SecretBytes(std::string(key_)));
    return data;
  }

 private:
  std::string certificate_;
  std::string key_;
  int version_ = 0;
  int reads_ = 0;
  bool there_ = false;
};

class Cache : public testing::Test {
 protected:
  SecretCache::Entry get() { return cache_.get({"default", "www"}, secret_.view(), {}); }
  std::string reason() {
    const auto entry = get();
    return entry.chain ? "good"
                       : std::string(to_text(entry.chain.error().kind)) + " " +
                             std::string(to_text(entry.chain.error().reason));
  }

  support::Issued issued_ = support::self_signed({.common_name = "www.example.com"});
  support::Issued other_ = support::self_signed({.common_name = "www.example.com"});
  support::ManualClock clock_;
  OneSecret secret_;
  SecretCache cache_{secret_, clock_};
};

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
