// The real binary against a real simulator over real TLS.
#include <atomic>
#include <csignal>
#include <thread>

#include "e2e/curl.h"
#include "e2e/estate_folder.h"
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "support/places.h"

namespace e2e {
namespace {

class Operator : public testing::Test {
 protected:
  Operator() : box_(two_servers()), estate_(box_) {}

  bool serves(const std::string& leaf) {
    return served(box_.endpoint("vs_www")) == leaf && served(box_.endpoint("vs_shop"), "www.example.com") == leaf;
  }
  bool ready() const { return estate_.status().find("type: Ready\n      status: \"True\"") != std::string::npos; }
  int once() {
    Child child(estate_.command({"--once", "--once-timeout", "20s"}));
    const int code = child.wait();
    last_output_ = child.output();
    return code;
  }

  sim::Simulator box_;
  EstateFolder estate_;
  std::string last_output_;
};

TEST_F(Operator, OnceDeploysAndExitsZero) {
  const std::string leaf = estate_.renew();

  EXPECT_EQ(once(), 0) << last_output_;

  EXPECT_TRUE(serves(leaf));
  EXPECT_NE(estate_.status().find("targets: \"1/1\""), std::string::npos) << estate_.status();
  EXPECT_EQ(box_.appliance().session_count("nsroot"), 0) << "the session was logged out";
  box_.log().clear();
  EXPECT_EQ(once(), 0);
  EXPECT_EQ(box_.log().mutating(), 0u) << "nothing changed, nothing written";
}

TEST_F(Operator, OnceExitsOneWhenSomethingIsNotReady) {
  EXPECT_EQ(once(), 1) << "the Secret is missing";

  estate_.renew();
  estate_.write("broken.yaml", "kind: [");
  EXPECT_EQ(once(), 1) << "a manifest is broken";
  EXPECT_NE(last_output_.find("broken.yaml"), std::string::npos);
  EXPECT_FALSE(served(box_.endpoint("vs_www")).empty()) << "and hides no other";
}

TEST_F(Operator, OnceExitsOneWhenAnApplianceIsNotThere) {
  estate_.renew();
  estate_.write("lost.yaml",
                "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: lost}\n"
                "spec: {secretRef: {name: www-tls}, certKey: {name: lost}, appliances: [{name: nowhere}]}\n");

  EXPECT_EQ(once(), 1);

  EXPECT_NE(estate_.status("lost").find("ApplianceNotFound"), std::string::npos);
}

TEST_F(Operator, OnceCanBeStopped) {
  estate_.renew();
  box_.faults().add({.kind = sim::FaultKind::Status, .target = "sslcertkey", .times = -1, .status = 503});
  Child child(estate_.command({"--once", "--once-timeout", "10m"}));
  ASSERT_TRUE(until([&] { return box_.faults().struck() > 0; }));

  child.signal(SIGTERM);

  EXPECT_EQ(child.wait(), 1) << child.output();
  EXPECT_EQ(box_.appliance().session_count("nsroot"), 0);
}

TEST_F(Operator, BadUsageExitsThree) {
  const std::string binary = support::program("certsync");
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{binary},
                                                    {binary, "nonsense"},
                                                    {binary, "run"},
                                                    {binary, "run", "--manifests", "/nowhere/at/all"},
                                                    {binary, "run", "--manifests", "/tmp", "--log-level", "loud"},
                                                    {binary, "run", "--manifests", "/tmp", "--once-timeout", "soon"}}) {
    Child child(arguments);
    EXPECT_EQ(child.wait(), 3) << child.output();
    EXPECT_FALSE(child.output().empty());
  }
}

TEST_F(Operator, ASecondProcessOnTheSameStatusFolderExitsThree) {
  estate_.renew();
  Child first(estate_.command());
  ASSERT_FALSE(first.wait_for("serving").empty());

  Child second(estate_.command());

  EXPECT_EQ(second.wait(), 3);
}

TEST_F(Operator, RenewsOnChangeAndEndsCleanly) {
  const std::string first = estate_.renew();
  Child child(estate_.command());
  ASSERT_TRUE(until([&] { return ready() && serves(first); })) << child.output();

  const std::string second = estate_.renew();
  ASSERT_TRUE(until([&] { return serves(second); })) << child.output();
  ASSERT_TRUE(until([&] { return box_.state_text().find("saved yes") != std::string::npos; }));

  const std::string scraped = get(child.wait_for("metrics_port="), "/metrics");
  EXPECT_NE(scraped.find("certsync_build_info"), std::string::npos);
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0) << child.output();
  EXPECT_EQ(box_.appliance().session_count("nsroot"), 0);
  for (const std::string secret : {"PRIVATE KEY", "nsroot-password", "NITRO_AUTH_TOKEN"}) {
    EXPECT_EQ(child.output().find(secret), std::string::npos) << secret;
    EXPECT_EQ(estate_.status().find(secret), std::string::npos) << secret;
    EXPECT_EQ(scraped.find(secret), std::string::npos) << secret;
  }
}

TEST_F(Operator, AnswersProbesAndScrapes) {
  estate_.renew();
  Child child(estate_.command());
  const std::string metrics = child.wait_for("metrics_port=");
  const std::string health = child.wait_for("health_port=");
  ASSERT_TRUE(until([&] { return ready(); })) << child.output();

  EXPECT_EQ(get(health, "/healthz"), "200 ok");
  EXPECT_EQ(get(health, "/readyz"), "200 ok");
  EXPECT_EQ(get(health, "/readyz/synced"), "200 ok");
  EXPECT_EQ(get(health, "/healthz/none").substr(0, 3), "404");
  EXPECT_TRUE(until([&] {
    const std::string text = get(metrics, "/metrics");
    return text.find("certsync_served_certificate_match{") != std::string::npos &&
           text.find("certsync_nitro_requests_total{") != std::string::npos &&
           text.find("certsync_deploy_lag_seconds_count{appliance=\"edge\"} 1") != std::string::npos;
  })) << get(metrics, "/metrics");
}

TEST_F(Operator, ServesMetricsByTlsToThoseWithACertificate) {
  const auto& folder = estate_.folder();
  const auto authority = support::Authority::root("Metrics Root");
  const auto strangers = support::Authority::root("Another Root");
  const auto place = [&](const std::string& name, const support::Issued& issued) {
    folder.replace(name + ".crt", issued.certificate_pem);
    folder.replace(name + ".key", issued.key_pem);
  };
  const auto file = [&](const std::string& name) { return (folder / name).string(); };
  folder.write("ca.crt", authority.certificate_pem());
  folder.write("strangers.crt", strangers.certificate_pem());
  place("tls", authority.issue({.common_name = "metrics.example", .dns_names = {"metrics.example"}}));
  place("prometheus", authority.issue({.common_name = "prometheus", .extended_key_usage = "clientAuth"}));
  place("stranger", strangers.issue({.common_name = "prometheus", .extended_key_usage = "clientAuth"}));
  estate_.renew();
  Child child(estate_.command({"--metrics-tls-cert-file", file("tls.crt"), "--metrics-tls-key-file", file("tls.key"),
                               "--metrics-tls-client-ca-file", file("ca.crt")}));
  const std::string port = std::to_string(std::stoi(child.wait_for("metrics_port=")));
  const std::string health = child.wait_for("health_port=");
  const auto scrape = [&](const std::string& believed, const std::string& own) {
    std::vector<std::string> more = {"--resolve", "metrics.example:" + port + ":127.0.0.1", "--cacert", file(believed)};
    if (!own.empty()) more.insert(more.end(), {"--cert", file(own + ".crt"), "--key", file(own + ".key")});
    return get_url("https://metrics.example:" + port + "/metrics", more);
  };

  const std::string scraped = scrape("ca.crt", "prometheus");
  EXPECT_EQ(scraped.substr(0, 4), "200 ") << scraped;
  EXPECT_NE(scraped.find("certsync_build_info{"), std::string::npos);
  EXPECT_EQ(scrape("ca.crt", "").substr(0, 4), "000 ");
  EXPECT_EQ(scrape("ca.crt", "stranger").substr(0, 4), "000 ");
  EXPECT_EQ(get(port, "/metrics").substr(0, 4), "000 ") << "not in the clear";
  EXPECT_EQ(get(health, "/healthz"), "200 ok") << "the kubelet has no certificate";

  place("tls", strangers.issue({.common_name = "metrics.example", .dns_names = {"metrics.example"}}));
  EXPECT_TRUE(until([&] { return scrape("strangers.crt", "prometheus").substr(0, 4) == "200 "; })) << child.output();
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0) << child.output();
  EXPECT_EQ(child.output().find("PRIVATE KEY"), std::string::npos);
}

TEST_F(Operator, FilesForTlsThatCannotBeUsedExitThree) {
  Child child(estate_.command({"--metrics-tls-cert-file", "/none/tls.crt", "--metrics-tls-key-file", "/none/tls.key"}));

  EXPECT_EQ(child.wait(), 3);
  EXPECT_NE(child.output().find("--metrics-tls-cert-file /none/tls.crt: No such file or directory"), std::string::npos)
      << child.output();
}

// Ten certificates on ten endpoints, each renewed twice by one running operator: a client that opens a new connection
// to each endpoint again and again sees no failure.
TEST(Renewals, TwentyLoseNoHandshake) {
  constexpr int kServers = 10;
  sim::Options options;
  for (int i = 0; i < kServers; ++i)
    options.vservers.push_back({"vs" + std::to_string(i), "lb", false});
  sim::Simulator box(options);
  EstateFolder estate(box);
  std::string syncs;
  for (int i = 0; i < kServers; ++i) {
    const std::string number = std::to_string(i);
    syncs += "---\napiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: s" + number +
             "}\nspec: {secretRef: {name: s" + number + "}, appliances: [{name: edge}], bindings: [{virtualServer: vs" +
             number + "}]}\n";
  }
  estate.write("www.yaml", syncs);
  const auto renew_all = [&] {
    std::vector<std::string> leaves;
    for (int i = 0; i < kServers; ++i) {
      const std::string name = "s" + std::to_string(i);
      const auto issued = estate.issuer().issue({.common_name = name + ".example.com"});
      estate.write(name + ".yaml", estate.secret(name, issued));
      leaves.push_back(certsync::sha256_hex(support::certificate_to_der(issued.certificate_pem)));
    }
    return leaves;
  };
  const auto all_serve = [&](const std::vector<std::string>& leaves) {
    for (int i = 0; i < kServers; ++i) {
      if (served(box.endpoint("vs" + std::to_string(i))) != leaves[static_cast<std::size_t>(i)]) return false;
    }
    return true;
  };
  auto leaves = renew_all();
  Child child(estate.command());
  ASSERT_TRUE(until([&] { return all_serve(leaves); })) << child.output();
  std::atomic<bool> stop{false};
  std::atomic<int> good{0};
  std::atomic<int> bad{0};
  std::thread client([&] {
    while (!stop) {
      for (int i = 0; i < kServers; ++i)
        (served(box.endpoint("vs" + std::to_string(i))).empty() ? bad : good)++;
    }
  });

  bool renewed = true;
  for (int round = 0; round < 2; ++round) {
    leaves = renew_all();
    renewed = renewed && until([&] { return all_serve(leaves); });
  }

  stop = true;
  client.join();
  EXPECT_TRUE(renewed) << child.output();
  EXPECT_EQ(bad, 0);
  EXPECT_GT(good, kServers);
}

TEST_F(Operator, KilledAnywhereItStartsAgainAndFinishes) {
  const std::string first = estate_.renew();
  ASSERT_EQ(once(), 0);
  const std::string second = estate_.renew();
  ASSERT_EQ(once(), 0);
  const std::string wanted_shape = box_.state_text();
  for (int stair = 1; stair <= 6; ++stair) {
    const std::string leaf = estate_.renew();
    box_.log().clear();
    // Applied, but the answer never comes: that is when the process dies.
    box_.faults().add({.kind = sim::FaultKind::HangAfter, .mutating = true, .at = stair});
    Child child(estate_.command());
    ASSERT_TRUE(until([&] { return box_.faults().struck() == stair; })) << "stair " << stair << "\n" << child.output();
    child.signal(SIGKILL);
    child.wait();

    EXPECT_EQ(once(), 0) << "stair " << stair << "\n" << last_output_;

    EXPECT_TRUE(serves(leaf)) << "stair " << stair;
    const std::string state = box_.state_text();
    EXPECT_EQ(std::count(state.begin(), state.end(), '\n'), std::count(wanted_shape.begin(), wanted_shape.end(), '\n'))
        << "stair " << stair << ": something was left behind\n"
        << state;
    EXPECT_NE(state.find("saved yes"), std::string::npos) << "stair " << stair;
  }
}

// A Linux box without a cluster: a certbot folder, renewed by switching links.
TEST_F(Operator, ServesACertbotFolder) {
  const auto& folder = estate_.folder();
  const auto deploy = [&](const std::string& number) {
    const auto issued = estate_.issuer().issue({.common_name = "www.example.com", .dns_names = {"www.example.com"}});
    folder.write("letsencrypt/archive/www/fullchain" + number + ".pem",
                 issued.certificate_pem + estate_.issuer().certificate_pem());
    folder.write("letsencrypt/archive/www/privkey" + number + ".pem", issued.key_pem);
    folder.link("letsencrypt/live/www/privkey.pem", "../../archive/www/privkey" + number + ".pem");
    folder.link("letsencrypt/live/www/fullchain.pem", "../../archive/www/fullchain" + number + ".pem");
    return certsync::sha256_hex(support::certificate_to_der(issued.certificate_pem));
  };
  const std::string first = deploy("1");
  estate_.write("www.yaml",
                "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: www}\nspec:\n"
                "  source: {files: {certificate: ../letsencrypt/live/www/fullchain.pem, privateKey: "
                "../letsencrypt/live/www/privkey.pem}}\n"
                "  certKey: {name: \"{{name}}\"}\n  appliances: [{name: edge}]\n"
                "  bindings: [{virtualServer: vs_www}, {virtualServer: vs_shop, role: sni}]\n");
  Child child(estate_.command());
  ASSERT_TRUE(until([&] { return serves(first); })) << child.output();

  const std::string second = deploy("2");

  EXPECT_TRUE(until([&] { return serves(second); })) << child.output();
  EXPECT_NE(box_.state_text().find("certkey www "), std::string::npos) << box_.state_text();
}

TEST_F(Operator, SaysWhyItDoesNotTrustAnAppliance) {
  estate_.renew();
  estate_.write("appliance.yaml",
                "apiVersion: v1\nkind: Secret\nmetadata: {name: edge-nitro}\ntype: kubernetes.io/basic-auth\n"
                "stringData: {username: nsroot, password: nsroot-password}\n---\n"
                "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerAppliance\nmetadata: {name: edge}\nspec:\n"
                "  endpoints: [\"" +
                    box_.url() + "\"]\n  credentialsSecretRef: {name: edge-nitro}\n");

  EXPECT_EQ(once(), 1) << last_output_;

  EXPECT_NE(estate_.status().find("ApplianceUntrusted"), std::string::npos) << estate_.status();
  EXPECT_NE(estate_.status().find(box_.fingerprint()), std::string::npos) << "the line to pin is in the message";
  EXPECT_EQ(box_.log().requests(), 0u) << "no password was sent";
}

}  // namespace
}  // namespace e2e
