// Two appliances as a look shows them, and one that does not answer: what the pictures of these tests start from.
#pragma once

#include <string>
#include <vector>

#include "cli/look.h"

namespace certsync::cli::test {

inline constexpr TimePoint kNow{std::chrono::seconds(1'800'000'000)};  // 2027-01-15T08:00:00Z

inline TimePoint in_days(int days) {
  return kNow + std::chrono::days(days);
}

inline model::InstalledCertKey certkey(const std::string& name, const std::string& subject, const std::string& issuer,
                                       const std::string& serial, int days_left, const std::string& file = "a.pem") {
  model::InstalledCertKey certkey;
  certkey.name = name;
  certkey.cert_file = file;
  certkey.subject = "CN=" + subject;
  certkey.issuer = "CN=" + issuer;
  certkey.serial = serial;
  certkey.public_key = "rsaEncryption";
  certkey.key_bits = 2048;
  certkey.signature_algorithm = "sha256WithRSAEncryption";
  certkey.not_before = in_days(days_left - 90);
  certkey.not_after = in_days(days_left);
  return certkey;
}

inline std::string our_file(const std::string& owner) {
  return "cs-" + owner + "-0123456789abcdef0123456789abcdef01234567.pem";
}

inline void put(Look& look, model::InstalledCertKey certkey) {
  const std::string name = certkey.name;
  look.state.certkeys[name] = std::move(certkey);
}

inline Look edge() {
  Look look;
  look.appliance = "edge";
  look.address = "https://192.0.2.10";
  look.state.version = "14.1-43.50";
  look.state.ha = {"Primary", "https://192.0.2.10", "192.0.2.10", true};
  auto www = certkey("www", "www.example.com", "Issuing CA", "1A", 40, our_file("prod"));
  www.dns_names = {"www.example.com", "example.com"};
  www.link = "cs-ca-1";
  put(look, www);
  put(look, certkey("cs-ca-1", "Issuing CA", "Root CA", "2B", 900, our_file("prod")));
  put(look, certkey("old", "old.example.com", "Issuing CA", "3C", 10));
  put(look, certkey("ns-server-certificate", "default ABC", "default ABC", "4D", 3000));
  look.state.bindings.insert({model::Target("vs_www"), "www", false, false});
  look.state.bindings.insert({model::Target("vs_shop"), "www", true, false});
  ports::ProbeResult served;
  served.reached = true;
  auto leaf = std::make_shared<model::Certificate>();
  leaf->serial = "1A";
  leaf->issuer = "CN=Issuing CA";
  served.leaf = leaf;
  look.endpoints.push_back({"www", "vs_www", "192.0.2.20:443", served});
  ports::ProbeResult lost;
  lost.failure = "no answer within 5s";
  look.endpoints.push_back({"www", "vs_shop", "192.0.2.21:443/www.example.com", lost});
  return look;
}

inline Look dmz() {
  Look look;
  look.appliance = "dmz";
  look.address = "https://192.0.2.11";
  look.state.ha.endpoint = look.address;
  auto copy = certkey("www-copy", "www.example.com", "Issuing CA", "1A", 40, our_file("other"));
  put(look, copy);
  return look;
}

inline Look gone() {
  Look look;
  look.appliance = "gone";
  look.address = "https://192.0.2.12";
  look.error = Error{ErrorKind::Retry, Reason::ApplianceUnreachable, "login: no answer within 30s"};
  return look;
}

}  // namespace certsync::cli::test
