#include "engine/sealed_keys.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "model/naming.h"
#include "support/test_entropy.h"
#include "support/test_pki.h"

namespace certsync::engine {
namespace {

class Sealed : public testing::Test {
 protected:
  std::string seal(const std::string& group) {
    plan::UploadKey upload{plain_name_, {}, nullptr, true};
    const auto bytes = keys_.seal(upload, group, key_);
    EXPECT_EQ(model::parse_file_name(upload.file)->content, model::content_mark(sha256_hex(bytes->reveal())));
    EXPECT_EQ(model::parse_file_name(upload.file)->resource, model::resource_mark({"default", "www"}));
    done_.push_back({upload, group, {}, {}});
    return upload.file;
  }
  std::string abandoned() const { return to_text(keys_.abandoned(done_, seen_)); }

  std::string plain_name_ =
      model::file_name({"own", model::resource_mark({"default", "www"}), std::string(24, 'a'), model::FileKind::Key});
  SecretBytes key_{support::to_traditional_pem(support::make_key(support::KeyKind::EcP256))};
  support::TestEntropy entropy_;
  SealedKeys keys_{entropy_};
  std::vector<plan::Step> done_;
  model::ApplianceState seen_;
};

TEST_F(Sealed, EachGroupHasItsFileAndPassphraseOnce) {
  const auto www = seal("www");
  const auto shop = seal("shop");
  ASSERT_NE(www, shop);
  std::string file;

  EXPECT_EQ(keys_.open(file, "www")->reveal(), to_hex(entropy_.drawn()[0]));
  EXPECT_EQ(file, www);
  EXPECT_EQ(keys_.open(file, "shop")->reveal(), to_hex(entropy_.drawn()[1]));
  EXPECT_EQ(file, shop);
  EXPECT_EQ(keys_.open(file, "www").error().kind, ErrorKind::Retry);
}

TEST_F(Sealed, WhatACertkeyTookIsNotAbandoned) {
  const auto added = seal("www");
  done_.push_back({plan::AddCertKey{"www", "w.pem", added}, "www", {}, {}});
  const auto updated = seal("shop");
  done_.push_back({plan::UpdateCertKey{"shop", "s.pem", updated}, "shop", {}, {}});
  // Whose answer was lost, and which another look showed to be done.
  seen_.certkeys["news"].key_file = seal("news");

  EXPECT_EQ(abandoned(), "");
}

TEST_F(Sealed, WhatNoneTookIsDeleted) {
  const auto refused = seal("www");

  EXPECT_EQ(abandoned(), "delete file " + refused + "\n");
}

TEST_F(Sealed, WhatIsDeletedAlreadyIsNotDeletedTwice) {
  done_.push_back({plan::DeleteFile{seal("www")}, "www", {}, {}});

  EXPECT_EQ(abandoned(), "");
}

TEST_F(Sealed, WhatNeverArrivedIsNotDeleted) {
  const auto lost = seal("www");
  done_.clear();
  EXPECT_EQ(abandoned(), "");

  seen_.files[lost] = 1;
  EXPECT_EQ(abandoned(), "delete file " + lost + "\n");
}

}  // namespace
}  // namespace certsync::engine
