#include "kube/credentials.h"

#include <thread>

#include "unit/kube/fake_runner.h"
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "support/manual_clock.h"
#include "support/temp_folder.h"
#include "support/test_pki.h"

namespace certsync::kube {
namespace {

using namespace std::chrono_literals;
using support::Authority;

class Counter final : public CaObserver {
 public:
  void ca_reloaded(std::string_view result, std::string_view reason) override {
    seen_ += std::string(result) + " " + std::string(reason) + ", ";
  }
  std::string take() { return std::exchange(seen_, ""); }

 private:
  std::string seen_;
};

class Base : public testing::Test {
 protected:
  Base() { access_.server = "https://192.0.2.1:6443"; }

  Credentials& credentials() {
    if (!credentials_) {
      credentials_ =
          make_credentials(std::move(access_), clock_, log_, &observer_, std::make_unique<FakeRunner>(plugin_));
    }
    return *credentials_;
  }
  Access now() {
    auto access = credentials().access({});
    EXPECT_TRUE(access) << access.error().message;
    return access ? std::move(*access) : Access();
  }
  /// Or the error, with "~" for the folder.
  std::string token() {
    const auto access = credentials().access({});
    if (access) return std::string(access->token.reveal());
    EXPECT_EQ(access.error().kind, ErrorKind::Stalled);
    EXPECT_EQ(access.error().reason, Reason::CredentialsRejected);
    return shortened(access.error().message);
  }
  std::string token_after(std::chrono::milliseconds time) {
    clock_.advance(time);
    return token();
  }
  std::string log() { return shortened(std::exchange(lines_, "")); }
  std::string shortened(std::string text) const {
    const auto folder = folder_.path().string();
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder))
      text.replace(at, folder.size(), "~");
    return text;
  }

  support::TempFolder folder_;
  support::ManualClock clock_;
  std::string lines_;
  Logger log_{LogLevel::Info, LogFormat::Json,
              [this](std::string_view line) { lines_ += line.substr(line.find("\"msg\"")); }};
  Counter observer_;
  Plugin plugin_;
  ClusterAccess access_;

 private:
  std::unique_ptr<Credentials> credentials_;
};

// --- tokens ----------------------------------------------------------------------------------------------------------

using TokenTest = Base;

TEST_F(TokenTest, OfTheConfigurationStays) {
  access_.token = SecretBytes("t0");
  EXPECT_EQ(token(), "t0");
  credentials().rejected(clock_.steady());
  EXPECT_EQ(token_after(1h), "t0");
}

TEST_F(TokenTest, NobodyIsAnonymous) {
  EXPECT_EQ(token(), "");
  EXPECT_EQ(now().headers, http::Headers());
}

TEST_F(TokenTest, OfAFileIsReadAgain) {
  folder_.write("token", " t1\n");
  access_.token_file = folder_ / "token";
  EXPECT_EQ(token(), "t1");
  folder_.replace("token", "t2");
  EXPECT_EQ(token_after(49s), "t1");
  EXPECT_EQ(token_after(1s), "t2");
  EXPECT_EQ(now().generation, 0u);
}

TEST_F(TokenTest, TheLastGoodOneStays) {
  folder_.write("token", "t1");
  access_.token_file = folder_ / "token";
  access_.token = SecretBytes("t0");
  EXPECT_EQ(token(), "t1");

  folder_.write("token", " \n");
  EXPECT_EQ(token_after(50s), "t1");
  EXPECT_NE(log().find("~/token: holds no token"), std::string::npos);
  folder_.remove("token");
  EXPECT_EQ(token_after(50s), "t1");
  EXPECT_EQ(log(), "");
  folder_.write("token", "t2");
  EXPECT_EQ(token(), "t2");
}

TEST_F(TokenTest, WithoutAFileThereIsTheConfigurations) {
  access_.token_file = folder_ / "token";
  access_.token = SecretBytes("t0");
  EXPECT_EQ(token(), "t0");
  folder_.write("token", "t1");
  EXPECT_EQ(token(), "t1");
}

TEST_F(TokenTest, AFileThatGivesNoneIsAnErrorUntilItDoes) {
  access_.token_file = folder_ / "token";
  EXPECT_EQ(token(), "~/token: No such file or directory");
  folder_.write("token", "");
  EXPECT_EQ(token(), "~/token: holds no token");
  folder_.write("token", "s3cr3t\nX: y");
  EXPECT_EQ(token(), "~/token: must hold a token and nothing else");
  folder_.write("token", std::string((1u << 20) + 1, 'x'));
  EXPECT_EQ(token(), "~/token: more than 1048576 bytes");
  folder_.write("token", "t1");
  EXPECT_EQ(token(), "t1");
}

TEST_F(TokenTest, ARejectedOneIsNotUsedAgain) {
  folder_.write("token", "t1");
  access_.token_file = folder_ / "token";
  EXPECT_EQ(token(), "t1");
  folder_.write("token", "t2");

  credentials().rejected(clock_.steady() - 1s);
  EXPECT_EQ(token(), "t1") << "the request was older than the token";
  credentials().rejected(clock_.steady());
  EXPECT_EQ(token(), "t2");
  folder_.remove("token");
  credentials().rejected(clock_.steady());
  EXPECT_EQ(token(), "~/token: No such file or directory");
}

// --- CA --------------------------------------------------------------------------------------------------------------

class CaTest : public Base {
 protected:
  std::string ca() { return now().transport.trust.ca_bundle; }
  std::string ca_after(std::chrono::milliseconds time) {
    clock_.advance(time);
    return ca();
  }

  const std::string one_ = Authority::root("one").certificate_pem();
  const std::string two_ = Authority::root("two").certificate_pem();
};

TEST_F(CaTest, OfAFileIsReadAgain) {
  folder_.write("ca", one_);
  access_.ca.file = folder_ / "ca";
  EXPECT_EQ(ca(), one_);
  EXPECT_EQ(now().generation, 0u);
  EXPECT_EQ(ca_after(5min), one_);
  EXPECT_EQ(observer_.take(), "success unchanged, ");

  folder_.replace("ca", two_);
  EXPECT_EQ(ca_after(5min - 1ms), one_);
  EXPECT_EQ(now().generation, 0u);
  EXPECT_EQ(ca_after(1ms), two_);
  EXPECT_EQ(now().generation, 1u);
  EXPECT_EQ(observer_.take(), "success updated, ");
}

TEST_F(CaTest, StaysWhenItCannotBeReadAgain) {
  folder_.write("ca", one_);
  access_.ca.file = folder_ / "ca";
  EXPECT_EQ(ca(), one_);

  const std::vector<std::pair<std::string, std::string>> failures = {
      {"", "empty"}, {"no PEM", "ca_parse_error"}, {one_ + two_.substr(0, 90), "ca_parse_error"}};
  for (const auto& [text, reason] : failures) {
    folder_.write("ca", text);
    EXPECT_EQ(ca_after(5min), one_);
    EXPECT_EQ(observer_.take(), "failure " + reason + ", ");
  }
  folder_.remove("ca");
  EXPECT_EQ(ca_after(5min), one_);
  EXPECT_EQ(observer_.take(), "failure read_error, ");
  EXPECT_EQ(ca(), one_);
  EXPECT_EQ(observer_.take(), "") << "not before the next five minutes are over";
  EXPECT_EQ(now().generation, 0u);
  EXPECT_NE(log().find("~/ca: No such file"), std::string::npos);
}

TEST_F(CaTest, MustBeThereAtFirst) {
  access_.ca.file = folder_ / "ca";
  EXPECT_EQ(token(), "~/ca: No such file or directory");
  folder_.write("ca", "no PEM");
  EXPECT_EQ(token(), "~/ca: holds no certificate in PEM");
  folder_.write("ca", one_);
  EXPECT_EQ(ca(), one_);
  EXPECT_EQ(observer_.take(), "");
}

TEST_F(CaTest, IsDoneWithoutInAPod) {
  access_.ca.file = folder_ / "ca";
  access_.ca_optional = true;
  EXPECT_EQ(ca(), "");
  EXPECT_NE(log().find("~/ca: No such file"), std::string::npos);

  folder_.write("ca", one_);
  EXPECT_EQ(ca_after(5min), one_);
  EXPECT_EQ(now().generation, 1u);
}

TEST_F(CaTest, TextWinsAndIsNotReadAgain) {
  folder_.write("ca", two_);
  access_.ca = {one_, folder_ / "ca"};
  EXPECT_EQ(ca(), one_);
  EXPECT_EQ(ca_after(5min), one_);
  EXPECT_EQ(observer_.take(), "");
}

TEST_F(CaTest, TextMustBeACa) {
  access_.ca.text = "no PEM";
  EXPECT_EQ(token(), "certificate-authority-data: holds no certificate in PEM");
}

// --- client certificates ---------------------------------------------------------------------------------------------

class IdentityTest : public Base {
 protected:
  void use_files() {
    access_.client_certificate.file = folder_ / "crt";
    access_.client_key_file = folder_ / "key";
  }
  void write(const support::Issued& pair) {
    folder_.write("crt", pair.certificate_pem);
    folder_.write("key", pair.key_pem);
  }
  std::string name() {
    const auto identity = now().transport.identity;
    if (!identity) return "none";
    return identity->certificates == one_.certificate_pem && identity->private_key.reveal() == one_.key_pem   ? "one"
           : identity->certificates == two_.certificate_pem && identity->private_key.reveal() == two_.key_pem ? "two"
                                                                                                              : "other";
  }
  std::string name_after(std::chrono::milliseconds time) {
    clock_.advance(time);
    return name();
  }

  const support::Issued one_ = support::self_signed({.common_name = "one"});
  const support::Issued two_ = support::self_signed({.common_name = "two"});
};

TEST_F(IdentityTest, OfFilesIsReadAgain) {
  use_files();
  write(one_);
  EXPECT_EQ(name(), "one");
  const auto before = now().transport.identity;
  EXPECT_EQ(name_after(5min), "one");
  EXPECT_EQ(now().transport.identity, before) << "unchanged, so the same object";

  write(two_);
  EXPECT_EQ(name_after(5min - 1ms), "one");
  EXPECT_EQ(now().generation, 0u);
  EXPECT_EQ(name_after(1ms), "two");
  EXPECT_EQ(now().generation, 1u);
}

TEST_F(IdentityTest, StaysWhileTheFilesDoNotFitTogether) {
  use_files();
  write(one_);
  EXPECT_EQ(name(), "one");

  folder_.write("crt", two_.certificate_pem);
  EXPECT_EQ(name_after(5min), "one");
  EXPECT_NE(log().find("~/crt and ~/key: the client key does not belong to the client certificate"), std::string::npos);
  folder_.remove("key");
  EXPECT_EQ(name_after(5min), "one");
  EXPECT_EQ(now().generation, 0u);
  write(two_);
  EXPECT_EQ(name_after(5min), "two");
}

TEST_F(IdentityTest, MustBeThereAtFirst) {
  use_files();
  EXPECT_EQ(token(), "~/crt: No such file or directory");
  folder_.write("crt", one_.certificate_pem);
  EXPECT_EQ(token(), "~/key: No such file or directory");
  folder_.write("key", two_.key_pem);
  EXPECT_EQ(token(), "~/crt and ~/key: the client key does not belong to the client certificate");
  write(one_);
  EXPECT_EQ(name(), "one");
}

TEST_F(IdentityTest, TextWinsAndIsNotReadAgain) {
  use_files();
  write(two_);
  access_.client_certificate.text = one_.certificate_pem;
  access_.client_key = SecretBytes(std::string(one_.key_pem));
  EXPECT_EQ(name(), "one");
  EXPECT_EQ(name_after(5min), "one");
}

TEST_F(IdentityTest, KeysAreNotTold) {
  access_.client_certificate.text = one_.certificate_pem;
  access_.client_key = SecretBytes("s3cr3t");
  EXPECT_EQ(token(),
            "client-certificate-data and client-key-data: the client key is no private key in PEM, or it is encrypted");
}

// --- plugins ---------------------------------------------------------------------------------------------------------

class PluginTest : public Base {
 protected:
  PluginTest() {
    access_.exec.emplace();
    access_.exec->command = "aws";
    access_.exec->api_version = "client.authentication.k8s.io/v1";
  }
  void gives(const std::string& token, const std::string& more = "") {
    plugin_.output = exec_credential("\"token\":\"" + token + "\"" + more);
  }
  static std::string members(const support::Issued& pair) {
    const auto escaped = [](std::string pem) {
      for (auto at = pem.find('\n'); at != std::string::npos; at = pem.find('\n'))
        pem.replace(at, 1, "\\n");
      return pem;
    };
    return ",\"clientCertificateData\":\"" + escaped(pair.certificate_pem) + "\",\"clientKeyData\":\"" +
           escaped(pair.key_pem) + "\"";
  }
};

TEST_F(PluginTest, RunsOnceUntilItsTokenExpires) {
  gives("t1", R"(,"expirationTimestamp":"2026-01-01T00:10:00Z")");
  EXPECT_EQ(token(), "t1");
  gives("t2");
  EXPECT_EQ(token_after(10min - 1ms), "t1");
  EXPECT_EQ(plugin_.asked.size(), 1u);
  EXPECT_EQ(token_after(1ms), "t2");
  EXPECT_EQ(token_after(24h), "t2");
  EXPECT_EQ(plugin_.asked.size(), 2u);
}

TEST_F(PluginTest, RunsAgainWhenItsTokenIsRejected) {
  gives("t1");
  EXPECT_EQ(token(), "t1");
  gives("t2");
  credentials().rejected(clock_.steady() - 1s);
  EXPECT_EQ(token(), "t1") << "the request was older than the token";
  credentials().rejected(clock_.steady());
  EXPECT_EQ(token(), "t2");
}

TEST_F(PluginTest, WhatHasExpiredIsNotShown) {
  gives("t1", R"(,"expirationTimestamp":"2026-01-01T00:10:00Z")");
  EXPECT_EQ(token(), "t1");
  plugin_.code = 1;
  EXPECT_EQ(token_after(10min), "exec plugin 'aws': exit code 1");
  plugin_.code = 0;
  gives("t2");
  EXPECT_EQ(token(), "t2");
}

TEST_F(PluginTest, ANewCertificateMakesConnectionsStale) {
  const auto one = support::self_signed({.common_name = "one"});
  const auto two = support::self_signed({.common_name = "two"});
  const auto generation_after = [&](const std::string& more) {
    gives("t", more);
    credentials().rejected(clock_.steady());
    return now().generation;
  };
  const auto first = generation_after(members(one));
  EXPECT_EQ(now().transport.identity->certificates, one.certificate_pem);
  EXPECT_EQ(generation_after(members(one)), first);
  EXPECT_EQ(generation_after(members(two)), first + 1);
  EXPECT_EQ(generation_after(""), first + 2);
  EXPECT_FALSE(now().transport.identity);
}

TEST_F(PluginTest, AWrittenTokenWins) {
  access_.token = SecretBytes("t0");
  EXPECT_EQ(token(), "t0");
  EXPECT_TRUE(plugin_.asked.empty());
}

TEST_F(PluginTest, IsToldTheCa) {
  const auto ca = Authority::root("one").certificate_pem();
  folder_.write("ca", ca);
  access_.ca.file = folder_ / "ca";
  access_.exec->provide_cluster_info = true;
  gives("t1");
  EXPECT_EQ(token(), "t1");
  EXPECT_NE(plugin_.variable("KUBERNETES_EXEC_INFO").find("certificate-authority-data"), std::string::npos);
}

TEST_F(PluginTest, ManyThreadsRunItOnce) {
  gives("t1");
  auto& shared = credentials();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        EXPECT_EQ(shared.access({})->token.reveal(), "t1");
        shared.rejected(SteadyPoint());
      });
    }
  }
  EXPECT_EQ(plugin_.asked.size(), 1u);
}

// --- the rest --------------------------------------------------------------------------------------------------------

using AccessTest = Base;

TEST_F(AccessTest, CarriesTheClustersSettings) {
  access_.tls_server_name = "api.example";
  access_.insecure_skip_tls_verify = true;
  access_.proxy_url = "http://proxy:3128";

  const auto transport = now().transport;

  EXPECT_EQ(transport.base_url, "https://192.0.2.1:6443");
  EXPECT_EQ(transport.trust.server_name, "api.example");
  EXPECT_TRUE(transport.trust.insecure_skip_verify);
  EXPECT_EQ(transport.proxy_url, "http://proxy:3128");
  EXPECT_FALSE(transport.identity);
}

TEST_F(AccessTest, Impersonates) {
  access_.as_user = "ann";
  access_.as_uid = "7";
  access_.as_groups = {"dev", "ops"};
  access_.as_extra = {{"Scopes", "a"}, {"Scopes", "b"}, {"acme.com/50% \xC3\xA9", "c"}};

  EXPECT_EQ(now().headers, (http::Headers{{"Impersonate-User", "ann"},
                                          {"Impersonate-Uid", "7"},
                                          {"Impersonate-Group", "dev"},
                                          {"Impersonate-Group", "ops"},
                                          {"Impersonate-Extra-scopes", "a"},
                                          {"Impersonate-Extra-scopes", "b"},
                                          {"Impersonate-Extra-acme.com%2F50%25%20%C3%A9", "c"}}));
}

}  // namespace
}  // namespace certsync::kube
