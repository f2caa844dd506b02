#include "engine/verify.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace certsync::engine {
namespace {

/// Endpoints and the chains that they show; others are unreachable.
class Endpoints final : public ports::Prober {
 public:
  std::map<std::string, std::vector<std::string>> chains;

  ports::ProbeResult probe(const ports::ProbeTarget& target, std::stop_token) override {
    ports::ProbeResult result;
    const auto found = chains.find(target.address + (target.server_name.empty() ? "" : "/" + target.server_name));
    result.reached = found != chains.end();
    if (result.reached) {
      result.chain_sha256 = found->second;
    } else {
      result.failure = "connection refused";
    }
    return result;
  }
};

class Verify : public testing::Test {
 protected:
  std::string verdict() {
    auto sync = std::make_shared<model::CertSync>();
    sync->spec = spec_;
    auto chain = std::make_shared<model::CertificateChain>();
    auto leaf = std::make_shared<model::Certificate>();
    leaf->sha256 = "leaf";
    leaf->common_name = common_name_;
    auto intermediate = std::make_shared<model::Certificate>();
    intermediate->sha256 = "issuer";
    chain->leaf = leaf;
    chain->intermediates = {intermediate};
    plan::WantedCertKey wanted;
    wanted.sync = sync;
    wanted.name = "www";
    wanted.chain = chain;
    const auto proofs =
        verify("edge", {wanted}, {{"vs", "192.0.2.1:443"}, {"shop", "192.0.2.2:443"}}, endpoints_, clock_, {});
    const auto& proof = proofs.at("www");
    return std::string(to_text(proof.verdict)) + ": " + proof.message;
  }

  model::CertSyncSpec spec_;
  std::string common_name_ = "www.example.com";
  Endpoints endpoints_;
  support::ManualClock clock_;
};

TEST_F(Verify, EveryEndpointMustShowLeafAndChain) {
  spec_.bindings = {{"vs", model::Role::Default, false}, {"shop", model::Role::Sni, false}};
  endpoints_.chains = {{"192.0.2.1:443", {"leaf", "issuer"}},
                       {"192.0.2.2:443/www.example.com", {"leaf", "issuer", "root"}}};

  EXPECT_EQ(verdict().substr(0, 6), "Served");
}

TEST_F(Verify, OneThatShowsSomethingElseOutweighsAll) {
  spec_.bindings = {{"vs", model::Role::Default, false}, {"shop", model::Role::Default, false}};
  endpoints_.chains = {{"192.0.2.1:443", {"old", "issuer"}}};

  EXPECT_EQ(verdict(), "Different: 192.0.2.1:443: another certificate (sha256 old…) is served");
}

TEST_F(Verify, AMissingIntermediateIsADifferenceUnlessLeftOut) {
  spec_.bindings = {{"vs", model::Role::Default, false}};
  endpoints_.chains = {{"192.0.2.1:443", {"leaf"}}};
  EXPECT_EQ(verdict().substr(0, 9), "Different");

  spec_.chain = model::ChainPolicy::Omit;
  EXPECT_EQ(verdict().substr(0, 6), "Served");
}

TEST_F(Verify, UnreachableSaysWhy) {
  spec_.bindings = {{"vs", model::Role::Default, false}};

  EXPECT_EQ(verdict(), "Unreachable: 192.0.2.1:443: connection refused");
}

TEST_F(Verify, NowhereToLookIsSaid) {
  spec_.bindings = {{"hidden", model::Role::Default, false}};

  EXPECT_EQ(verdict().substr(0, 10), "NoEndpoint");
}

TEST_F(Verify, OffAsksNobody) {
  spec_.bindings = {{"vs", model::Role::Default, false}};
  spec_.verification.mode = model::VerificationMode::Off;

  EXPECT_EQ(verdict(), "Off: ");
}

TEST_F(Verify, GivenEndpointsReplaceTheAppliances) {
  spec_.bindings = {{"vs", model::Role::Default, false}};
  spec_.verification.endpoints = {{"203.0.113.9:8443", "nat.example.com"}};
  endpoints_.chains = {{"203.0.113.9:8443/nat.example.com", {"leaf", "issuer"}}};

  EXPECT_EQ(verdict(), "Served: 203.0.113.9:8443/nat.example.com serves it");
}

TEST_F(Verify, AWildcardIsAskedForByAProbesName) {
  common_name_ = "*.example.com";
  spec_.bindings = {{"shop", model::Role::Sni, false}};
  endpoints_.chains = {{"192.0.2.2:443/certsync-probe.example.com", {"leaf", "issuer"}}};

  EXPECT_EQ(verdict().substr(0, 6), "Served");
}

}  // namespace
}  // namespace certsync::engine
