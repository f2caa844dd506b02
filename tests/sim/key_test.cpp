// Private keys: encrypted ones, other formats, and those that never leave the hardware.
#include <gtest/gtest.h>

#include "sim/test_box.h"

namespace sim::test {
namespace {

const std::string kBadKey = "599 1537 Invalid private key, or PEM pass phrase required for this private key";
constexpr const char* kWrongPassword = "599 1614 Invalid password";

std::string add(Box& box, const std::string& rest) {
  return brief(box.ask("POST", "sslcertkey", R"({"sslcertkey":{"certkey":"www","cert":"www.pem",)" + rest + "}}"));
}

std::string update(Box& box, const std::string& rest) {
  return brief(box.ask("POST", "sslcertkey?action=update", R"({"sslcertkey":{"certkey":"www",)" + rest + "}}"));
}

TEST(Key, EncryptedOneStaysEncryptedOnTheDisk) {
  Box box;
  const Pair www = make_certificate({});
  box.upload("www.pem", www.cert);
  box.upload("www.key", encrypted_key(www, "open"));

  EXPECT_EQ(add(box, R"("key":"www.key","password":true,"passplain":"open")"), "201");
  EXPECT_EQ(box.appliance.bind("vs", "www"), 0);
  EXPECT_EQ(box.appliance.plain_keys(), std::vector<std::string>{});
  EXPECT_EQ(box.show("sslcertkey/www", "passplain"), "(absent)");
}

TEST(Key, PlainOnesAreFoundInEveryFormat) {
  Box box;
  const Pair www = make_certificate({});
  box.upload("www.pem", www.cert + www.key);
  box.upload("www.der", der_key(www));
  box.upload("www.pfx", pkcs12(www, ""));
  box.upload("locked.der", der_key(www, "open"));
  box.upload("locked.pfx", pkcs12(www, "open"));
  box.appliance.put_file("left.key", www.key, "/var/tmp");

  EXPECT_EQ(box.appliance.plain_keys(), (std::vector<std::string>{"/nsconfig/ssl/www.der", "/nsconfig/ssl/www.pem",
                                                                  "/nsconfig/ssl/www.pfx", "/var/tmp/left.key"}));
}

TEST(Key, PassphraseBelongsToItsFile) {
  Box box;
  const Pair www = make_certificate({.serial = 1});
  const Pair next = make_certificate({.serial = 2});
  box.upload("www.pem", www.cert);
  box.upload("www.key", encrypted_key(www, "open"));
  box.upload("next.pem", next.cert);
  box.upload("next.key", encrypted_key(next, "sesame"));
  add(box, R"("key":"www.key","password":true,"passplain":"open")");

  EXPECT_EQ(update(box, R"("cert":"www.pem")"), "200");
  EXPECT_EQ(update(box, R"("cert":"next.pem","key":"next.key")"), kBadKey);
  EXPECT_EQ(update(box, R"("cert":"next.pem","key":"next.key","password":true)"),
            "599 1613 Password required for private key");
  EXPECT_EQ(update(box, R"("cert":"next.pem","key":"next.key","password":true,"passplain":"open")"), kWrongPassword);
  EXPECT_EQ(update(box, R"("cert":"next.pem","key":"next.key","password":true,"passplain":"sesame")"), "200");
}

TEST(Key, RebootRemembersThePassphrase) {
  Box box;
  const Pair www = make_certificate({});
  box.upload("www.pem", www.cert);
  box.upload("www.key", encrypted_key(www, "open"));
  add(box, R"("key":"www.key","password":true,"passplain":"open")");
  box.appliance.save();

  box.appliance.reboot();

  EXPECT_EQ(box.show("sslcertkey/www", "serial"), "01");
}

TEST(Key, DerIsTakenWhenSaidSo) {
  Box box;
  const Pair www = make_certificate({});
  box.upload("www.pem", der_certificate(www));
  box.upload("www.key", der_key(www));
  box.upload("locked.key", der_key(www, "open"));

  EXPECT_EQ(add(box, R"("key":"www.key")"), "599 1536 Invalid certificate");
  EXPECT_EQ(add(box, R"("key":"locked.key","inform":"DER")"), kBadKey);
  EXPECT_EQ(add(box, R"("key":"locked.key","inform":"DER","passplain":"shut")"), kWrongPassword);
  EXPECT_EQ(add(box, R"("key":"locked.key","inform":"DER","passplain":"open")"), "201");
  EXPECT_EQ(update(box, R"("cert":"www.pem","key":"www.key","inform":"DER")"), "200");
  EXPECT_EQ(box.show("sslcertkey/www", "inform"), "DER");
}

TEST(Key, Pkcs12IsRenewedInPlace) {
  Box box;
  box.upload("www.pem", pkcs12(make_certificate({.serial = 1}), "open"));
  box.upload("next.pfx", pkcs12(make_certificate({.serial = 2}), "sesame"));

  EXPECT_EQ(add(box, R"("inform":"PFX")"), "599 1623 Problem in input PKCS12 file");
  EXPECT_EQ(add(box, R"("inform":"PFX","password":true,"passplain":"open")"), "201");
  EXPECT_EQ(update(box, R"("cert":"next.pfx","inform":"PFX","passplain":"open")"),
            "599 1623 Problem in input PKCS12 file");
  EXPECT_EQ(update(box, R"("cert":"next.pfx","inform":"PFX","passplain":"sesame")"), "200");
  EXPECT_EQ(box.show("sslcertkey/www", "serial"), "02");
}

TEST(Key, InHardwareNeedsOnlyTheCertificate) {
  Options options = Box::with_vservers();
  const Pair www = make_certificate({.serial = 1});
  options.fips_keys = {{"hsm1", www.key}, {"blank"}};
  Box box(options);
  box.upload("www.pem", www.cert);
  box.upload("other.pem", make_certificate({.serial = 2}).cert);

  EXPECT_EQ(box.show("sslfipskey/hsm1", "fipskeyname"), "hsm1");
  EXPECT_EQ(add(box, R"("fipskey":"none")"), "599 1575 No such FIPS key");
  EXPECT_EQ(add(box, R"("fipskey":"hsm1","key":"www.key")"),
            "400 1092 Arguments cannot both be specified [key, fipsKey]");
  EXPECT_EQ(add(box, R"("fipskey":"hsm1")"), "201");
  EXPECT_EQ(box.show("sslcertkey/www", "fipskey"), "hsm1");
  EXPECT_EQ(box.appliance.bind("vs", "www"), 0);
  EXPECT_EQ(box.appliance.serving("vs").certkeys.size(), 1U);
  EXPECT_EQ(update(box, R"("cert":"other.pem")"), "599 1538 Certificate and private key do not match");
  EXPECT_EQ(update(box, R"("cert":"other.pem","fipskey":"blank")"), "200");
  EXPECT_EQ(box.appliance.plain_keys(), std::vector<std::string>{});
}

}  // namespace
}  // namespace sim::test
