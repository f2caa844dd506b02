// What an observation sees, and in how many reads.
#include "wire/desk.h"

namespace wire {
namespace {

using Observe = Desk;

TEST_F(Observe, EverythingAPlanNeeds) {
  support::CertificateOptions options;
  options.common_name = "www.example.com";
  options.dns_names = {"www.example.com", "shop.example.com"};
  options.serial_hex = "0A0B0C";
  const auto intermediate = ca_.intermediate("Wire Intermediate");
  const auto leaf = intermediate.issue(options);
  ASSERT_EQ(box_.add_certkey("www", leaf.certificate_pem, leaf.key_pem), 0);
  ASSERT_EQ(box_.add_certkey("ca 1", intermediate.certificate_pem()), 0);
  ASSERT_EQ(box_.link("www", "ca 1"), 0);
  ASSERT_EQ(box_.bind("vs", "www"), 0);
  ASSERT_EQ(box_.bind("vs_sni", "www", true), 0);
  box_.put_file(kMarked, "12345");
  box_.mark_saved(true);

  const auto seen = appliance_->observe({});

  ASSERT_TRUE(seen.has_value()) << seen.error().message;
  EXPECT_EQ(seen->version, "14.1-43.50");
  EXPECT_FALSE(seen->config_changed);
  const auto& www = seen->certkeys.at("www");
  EXPECT_EQ(www.cert_file + " " + www.key_file + " " + www.serial + " " + www.link, "www.pem www.key A0B0C ca 1");
  EXPECT_EQ(model::comparable_name(www.subject), model::comparable_name("CN=www.example.com"));
  EXPECT_EQ(model::comparable_name(www.issuer), model::comparable_name("CN=Wire Intermediate"));
  EXPECT_EQ(www.dns_names, (std::vector<std::string>{"www.example.com", "shop.example.com"}));
  ASSERT_TRUE(www.not_after.has_value());
  EXPECT_LT(*www.not_after - options.not_after, std::chrono::seconds(2));
  EXPECT_LT(options.not_after - *www.not_after, std::chrono::seconds(2));
  EXPECT_EQ(www.expiry_monitor, true);
  EXPECT_EQ(www.notification_period_days, 30);
  EXPECT_EQ(seen->certkeys.at("ca 1").key_file, "");
  EXPECT_EQ(seen->bindings,
            (std::set<model::InstalledBinding>{{"vs", "www", false, false}, {"vs_sni", "www", true, false}}));
  EXPECT_FALSE(seen->virtual_servers.at("vs").sni_enabled);
  EXPECT_TRUE(seen->virtual_servers.at("vs_sni").sni_enabled);
  EXPECT_EQ(seen->virtual_servers.count("vs 2.b"), 1u);
  EXPECT_EQ(seen->files, (std::map<std::string, std::int64_t>{{kMarked, 5}}));
  EXPECT_TRUE(seen->addresses.empty());
}

TEST_F(Observe, UnsavedChangesAreSeen) {
  box_.mark_saved(false);

  EXPECT_TRUE(appliance_->observe({})->config_changed);
}

TEST_F(Observe, AddressesOnRequest) {
  const auto seen = appliance_->observe({.addresses = true});

  ASSERT_TRUE(seen.has_value()) << seen.error().message;
  EXPECT_EQ(seen->addresses, box_.endpoints());
  EXPECT_EQ(seen->addresses.size(), 4u);
}

TEST_F(Observe, ReadsDoNotGrowWithTheCertkeys) {
  observe();
  arrived();
  for (int i = 0; i < 5; ++i) {
    const auto pair = ca_.issue({.common_name = "n" + std::to_string(i)});
    ASSERT_EQ(box_.add_certkey("n" + std::to_string(i), pair.certificate_pem, pair.key_pem), 0);
  }

  EXPECT_EQ(observe(), "seen");

  EXPECT_EQ(arrived(),
            "GET hanode 200\nGET nsconfig 200\nGET sslcertkey 200\nGET sslvserver 200\n"
            "GET sslvserver_sslcertkey_binding?bulkbindings=yes 200\n"
            "GET systemfile?args=filelocation:%2Fnsconfig%2Fssl 200\n");
}

TEST_F(Observe, WithoutBulkBindingsEachVirtualServerIsAsked) {
  const auto pair = ca_.issue({.common_name = "www"});
  ASSERT_EQ(box_.add_certkey("www", pair.certificate_pem, pair.key_pem), 0);
  ASSERT_EQ(box_.bind("vs 2.b", "www"), 0);
  box_.faults().add({.kind = sim::FaultKind::Errorcode, .target = "bulkbindings", .times = -1, .errorcode = 1240});

  const auto seen = appliance_->observe({});

  ASSERT_TRUE(seen.has_value()) << seen.error().message;
  EXPECT_EQ(seen->bindings, (std::set<model::InstalledBinding>{{"vs 2.b", "www", false, false}}));
  // And it is not tried again.
  arrived();
  EXPECT_EQ(observe(), "seen");
  EXPECT_EQ(arrived().find("bulkbindings"), std::string::npos);
}

TEST_F(Observe, HiddenAddressesAreNoTrouble) {
  box_.appliance().add_user("cs", "pw", {".*"}, {"^show vpn vserver.*"});
  log_in_as("cs", "pw");

  const auto seen = appliance_->observe({.addresses = true});

  ASSERT_TRUE(seen.has_value()) << seen.error().message;
  EXPECT_EQ(seen->addresses.count("vpn"), 0u);
  EXPECT_EQ(seen->addresses.count("vs"), 1u);
}

TEST_F(Observe, FileContentAndItsAbsence) {
  box_.put_file("a b.pem", "PEM\n");

  EXPECT_EQ(appliance_->read_file("a b.pem").value_or("?"), "PEM\n");
  const auto missing = appliance_->read_file("none.pem");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, 3441);
}

TEST_F(Observe, WhereACertkeyIsUsed) {
  const auto pair = ca_.issue({.common_name = "www"});
  ASSERT_EQ(box_.add_certkey("a b.c", pair.certificate_pem, pair.key_pem), 0);
  ASSERT_EQ(box_.bind("vs 2.b", "a b.c"), 0);

  EXPECT_NE(appliance_->where_used("a b.c").find("vs 2.b"), std::string::npos) << appliance_->where_used("a b.c");
  EXPECT_EQ(appliance_->where_used("none"), "");
}

}  // namespace
}  // namespace wire
