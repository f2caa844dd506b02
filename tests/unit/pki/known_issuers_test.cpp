#include "pki/known_issuers.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "pki/intake.h"
#include "support/test_pki.h"

namespace certsync::pki {
namespace {

using support::Authority;

class KnownIssuersTest : public testing::Test {
 protected:
  model::CertificateChain read(const std::string& leaf, const Authority& issuer) {
    return read_chain(issuer.issue({.common_name = leaf}).certificate_pem + issuer.certificate_pem(), known_).value();
  }

  Authority root_ = Authority::root("Root");
  Authority lower_ = root_.intermediate("Lower");
  KnownIssuers known_;
};

TEST_F(KnownIssuersTest, ShareOneCertificateAmongItsLeaves) {
  const auto www = read("www", lower_);
  const auto shop = read("shop", lower_);

  ASSERT_EQ(www.intermediates.size(), 1u);
  EXPECT_EQ(www.intermediates, shop.intermediates);
  EXPECT_NE(www.leaf, shop.leaf);
}

TEST_F(KnownIssuersTest, TellTwinsApart) {
  const auto twin = lower_.cross_signed_by(Authority::root("Other Root"));

  const auto www = read("www", lower_);
  const auto shop = read("shop", twin);

  EXPECT_EQ(www.intermediates.front()->issuer, "CN=Root");
  EXPECT_EQ(shop.intermediates.front()->issuer, "CN=Other Root");
}

TEST_F(KnownIssuersTest, ForgetWhatNoChainHas) {
  std::weak_ptr<const model::Certificate> lower = read("www", lower_).intermediates.front();
  EXPECT_FALSE(lower.expired());

  const auto shop = read("shop", root_.intermediate("Another"));

  EXPECT_TRUE(lower.expired());
}

TEST_F(KnownIssuersTest, ServeManyThreads) {
  const auto www = read("www", lower_);
  const auto bundle = lower_.issue({.common_name = "shop"}).certificate_pem + lower_.certificate_pem();
  std::vector<model::CertificateChain> chains(8);
  {
    std::vector<std::jthread> threads;
    for (auto& chain : chains)
      threads.emplace_back([&] { chain = read_chain(bundle, known_).value(); });
  }

  for (const auto& chain : chains)
    EXPECT_EQ(chain.intermediates, www.intermediates);
}

TEST_F(KnownIssuersTest, AreNoReasonToTrustADifferentBundle) {
  const auto www = read("www", lower_);
  const auto stranger = Authority::root("Elsewhere").issue({.common_name = "shop"}).certificate_pem;

  const auto shop = read_chain(stranger + lower_.certificate_pem(), known_).value();

  EXPECT_TRUE(shop.intermediates.empty());
  EXPECT_EQ(shop.missing_issuer, "CN=Elsewhere");
}

}  // namespace
}  // namespace certsync::pki
