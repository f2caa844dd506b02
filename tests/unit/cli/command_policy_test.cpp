#include "cli/command_policy.h"

#include <memory>
#include <regex>

#include "cli/policy_text.h"
#include <gtest/gtest.h>

#include "model/naming.h"

namespace certsync::cli {
namespace {

Use usual() {
  Use use;
  use.features = {Feature::Saving, Feature::EnableSni};
  use.owners = {"prod"};
  use.certkey_names = {certkey_names_of({}, model::UpdatePolicy::InPlace)};
  return use;
}

bool fits(const std::string& pattern, const std::string& command) {
  return std::regex_search(command, std::regex(pattern, std::regex::ECMAScript | std::regex::icase));
}

bool may(const Use& use, const std::string& command) {
  for (const auto& policy : command_policies(clauses(use), "certsync"))
    if (fits(policy.cmdspec, command)) return true;
  return false;
}

const std::string kOurs = "cs-prod-0123456789abcdef0123456789abcdef01234567";

std::string with_ours(const std::string& command) {
  return std::regex_replace(command, std::regex("OURS"), kOurs);
}

TEST(CommandPolicy, LetsThroughWhatTheOperatorDoes) {
  for (const auto* command : {
           "show ns config",
           "show ns version",
           "show ssl certKey",
           "show ssl certkey shop_www-tls",
           "show system file -fileLocation \"/nsconfig/ssl\"",
           "show system file -fileLocation /nsconfig/ssl",
           "add system file OURS.pem -fileLocation \"/nsconfig/ssl\"",
           "add system file OURS.key -fileContent QUJD -fileLocation \"/nsconfig/ssl/\" -fileEncoding BASE64",
           "rm system file OURS.key -fileLocation \"/nsconfig/ssl\"",
           "add ssl certKey shop_www-tls -cert OURS.pem -key OURS.key -expiryMonitor ENABLED",
           "update ssl certKey shop_www-tls -cert \"OURS.pem\" -key OURS.key -noDomainCheck",
           "add ssl certKey cs-ca-0123456789abcdef01234567 -cert OURS.pem",
           "link ssl certKey shop_www-tls cs-ca-0123456789abcdef01234567",
           "unlink ssl certKey shop_www-tls",
           "rm ssl certKey \"shop_www-tls\"",
           "bind ssl vserver vs_www -certkeyName shop_www-tls -SNICert",
           "unbind ssl vserver vs_www -certkeyName shop_www-tls",
           "bind ssl vserver vs_www -certkeyName of-a-person -SNICert",
           "set ssl vserver vs_www -SNIEnable ENABLED",
           "save ns config",
       })
    EXPECT_TRUE(may(usual(), with_ours(command))) << command;
}

TEST(CommandPolicy, RefusesTheRest) {
  for (const auto* command : {
           // Files elsewhere, of others, or read.
           "add system file OURS.pem -fileLocation \"/nsconfig\"",
           "add system file OURS.pem -fileLocation \"/nsconfig/ssl/../../var\"",
           "add system file OURS.pem -fileLocation \"/var/nsconfig/ssl\"",
           "add system file ../OURS.pem -fileLocation \"/nsconfig/ssl\"",
           "add system file OURS.sh -fileLocation \"/nsconfig/ssl\"",
           "add system file shop.pem -fileLocation \"/nsconfig/ssl\"",
           "rm system file shop.key -fileLocation \"/nsconfig/ssl\"",
           "rm system file cs-other-0123456789abcdef0123456789abcdef01234567.key -fileLocation \"/nsconfig/ssl\"",
           "show system file shop.key -fileLocation \"/nsconfig/ssl\"",
           "show system file OURS.key -fileLocation \"/nsconfig/ssl\"",
           "show system file -fileLocation \"/nsconfig\"",
           // Certkeys of others, or from files of others.
           "add ssl certKey shop_www-tls -cert shop.pem -key shop.key",
           "update ssl certKey shop_www-tls -cert shop.pem",
           "update ssl certKey theirs -cert OURS.pem",
           "rm ssl certKey theirs",
           "unlink ssl certKey theirs",
           "rm ssl certKey ns-server-certificate",
           "unbind ssl vserver vs_www -certkeyName theirs",
           "unbind ssl vserver vs_www -certkeyName theirs -SNICert",
           // What has nothing to do with certificates.
           "set ssl vserver vs_www -ssl3 ENABLED",
           "set ssl vserver vs_www -SNIEnable ENABLED -ssl3 ENABLED",
           "set ssl vserver vs_www -SNIEnable DISABLED",
           "bind ssl vserver vs_www -cipherName ALL",
           "rm ssl vserver vs_www",
           "rm lb vserver vs_www",
           "show ns runningConfig",
           "show ns ns.conf",
           "show system user",
           "add system user evil",
           "bind system user certsync superuser 1",
           "set system cmdPolicy certsync-look ALLOW .*",
           "shell",
           "reboot",
           "clear ns config",
           "force HA failover",
           // Features that are not in use.
           "show ssl service",
           "bind ssl service api -certkeyName shop_www-tls",
           "sync HA files",
           "switch ns partition -partitionName p1",
       })
    EXPECT_FALSE(may(usual(), with_ours(command))) << command;
}

TEST(CommandPolicy, GoesByGrantsAndPartitions) {
  Use use = usual();
  use.targets = std::set<std::string>{"vs_team_a_*", "vs_shop"};
  use.partition = "p1";
  use.features.insert(Feature::Services);

  EXPECT_TRUE(may(use, "bind ssl vserver vs_team_a_www -certkeyName shop_www-tls"));
  EXPECT_TRUE(may(use, "unbind ssl service vs_shop -certkeyName shop_www-tls"));
  EXPECT_FALSE(may(use, "bind ssl vserver vs_other -certkeyName shop_www-tls"));
  EXPECT_FALSE(may(use, "bind ssl vserver my_vs_shop -certkeyName shop_www-tls"));
  EXPECT_FALSE(may(use, "set ssl vserver vs_other -SNIEnable ENABLED"));

  const std::string folder = " -fileLocation \"/var/partitions/p1/netscaler/ssl\"";
  EXPECT_TRUE(may(use, "add system file " + kOurs + ".pem" + folder));
  EXPECT_FALSE(may(use, "add system file " + kOurs + ".pem -fileLocation \"/nsconfig/ssl\""));
  EXPECT_TRUE(may(use, "switch ns partition -partitionName p1"));
  EXPECT_FALSE(may(use, "switch ns partition -partitionName p2"));
}

TEST(CommandPolicy, BindsNothingWithoutAGrant) {
  Use use = usual();
  use.targets = std::set<std::string>{};

  EXPECT_FALSE(may(use, "bind ssl vserver vs_www -certkeyName shop_www-tls"));
  EXPECT_TRUE(may(use, "add ssl certKey shop_www-tls -cert " + kOurs + ".pem"));
}

TEST(CommandPolicy, TakingOverNeedsAnyName) {
  Use use = usual();
  EXPECT_FALSE(may(use, "update ssl certKey theirs -cert " + kOurs + ".pem"));

  use.features.insert(Feature::Adoption);

  EXPECT_TRUE(may(use, "update ssl certKey theirs -cert " + kOurs + ".pem"));
  EXPECT_FALSE(may(use, "update ssl certKey theirs -cert theirs.pem"));
}

struct NameRow {
  const char* name;
  std::size_t longest;
  const char* space;
  const char* secret;
};

TEST(CommandPolicy, FitsEveryNameThatTemplatesMake) {
  const std::string digest = std::string(64, 'b');
  for (const auto& row : std::vector<NameRow>{
           {"{{namespace}}_{{secret}}", 31, "shop", "www-tls"},
           {"{{namespace}}_{{secret}}", 31, "a-namespace-of-some-length", "www.example.com-tls"},
           {"{{namespace}}_{{secret}}", 63, "a-namespace-of-some-length", "www.example.com-tls"},
           {"k8s.{{secret}}", 31, "shop", "www-tls"},
           {"- {{name}}/{{ secret }}", 31, "shop", "www-tls"},
           {"{{secret}}", 10, "shop", "www-tls-of-some-length"},
           {"shop.example.com", 31, "shop", "www-tls"},
           {"a-literal-name-of-more-than-thirty-one-characters", 31, "shop", "www-tls"},
       }) {
    const model::CertKeySpec spec{row.name, row.longest};
    const auto base = model::certkey_name(row.name, row.longest, {row.space, row.secret}, "resource");
    ASSERT_TRUE(base.has_value()) << row.name;
    const auto in_place = "^(" + certkey_names_of(spec, model::UpdatePolicy::InPlace) + ")$";
    const auto versions = "^(" + certkey_names_of(spec, model::UpdatePolicy::NewCertKey) + ")$";
    const auto version = model::version_name(*base, row.longest, digest);

    EXPECT_TRUE(fits(in_place, *base)) << *base << " " << in_place;
    EXPECT_TRUE(fits(versions, *base)) << *base << " " << versions;
    EXPECT_TRUE(fits(versions, version)) << version << " " << versions;
    EXPECT_FALSE(fits(versions, "Their Certificate")) << versions;
  }
}

model::Appliance pair_with_grants() {
  model::Appliance appliance;
  appliance.spec.endpoints = {"https://a", "https://b"};
  appliance.spec.grants = {{model::GrantFrom::All, {}, {}, {"vs_*"}, {}, false}};
  return appliance;
}

TEST(Use, IsWhatSpecsAskFor) {
  auto sync = std::make_shared<model::CertSync>();
  sync->spec.certkey.name = "literal";
  sync->spec.bindings = {{{model::TargetKind::Service, "api"}, model::Role::Default, false},
                         {"vs_www", model::Role::Sni, true}};
  sync->spec.adoption_policy = model::AdoptionPolicy::Adopt;

  const Use use = use_of(pair_with_grants(), {sync}, {"new", {"old"}});

  EXPECT_EQ(use.features, std::set<Feature>(all_features().begin(), all_features().end()));
  EXPECT_EQ(use.owners, (std::set<std::string>{"new", "old"}));
  EXPECT_EQ(use.certkey_names, (std::set<std::string>{"literal"}));
  EXPECT_EQ(*use.targets, (std::set<std::string>{"vs_*"}));
}

TEST(Use, IsLittleWhereLittleIsAsked) {
  model::Appliance appliance;
  appliance.spec.endpoints = {"https://a"};
  appliance.spec.save_config = model::SaveConfig::Never;
  appliance.spec.open_to_all = true;
  auto sync = std::make_shared<model::CertSync>();
  sync->spec.bindings = {{"vs_www", model::Role::Default, false}};
  sync->spec.verification.mode = model::VerificationMode::Off;

  const Use use = use_of(appliance, {sync}, {"own", {}});

  EXPECT_EQ(use.features, std::set<Feature>{});
  EXPECT_FALSE(use.targets.has_value());
}

TEST(CommandPolicy, ReadsAsTyped) {
  Use use = usual();
  use.features = {Feature::Saving};
  const auto policies = command_policies(clauses(use), "certsync");
  const std::vector<AccountPolicy> accounts = {{{"edge-a", "edge-b"}, "p1", {policies.back()}}};
  const std::string spec = "(^show +system +session *$)|(^stat +system *$)";

  EXPECT_EQ(to_text(accounts, "robot", PolicyOutput::Cli),
            "# edge-a, edge-b\n# certsync-check:\n#   let certsync check count sessions (optional)\n"
            "#   let certsync check see how full the disk is (optional)\nadd system cmdPolicy certsync-check ALLOW \"" +
                spec +
                "\"\nadd system user robot -externalAuth DISABLED -allowedManagementInterface API\n"
                "bind system user robot certsync-check 60\nbind system user robot -partitionName p1\nsave ns config\n");
  EXPECT_EQ(to_text(accounts, "robot", PolicyOutput::Nitro),
            "# edge-a, edge-b\n"
            R"(POST /nitro/v1/config/systemcmdpolicy {"systemcmdpolicy":{"policyname":"certsync-check",)"
            R"("action":"ALLOW","cmdspec":")" +
                spec +
                "\"}}\n"
                R"(POST /nitro/v1/config/systemuser {"systemuser":{"username":"robot","password":"PASSWORD",)"
                R"("externalauth":"DISABLED","allowedmanagementinterface":["API"]}})"
                "\n"
                R"(PUT /nitro/v1/config/systemuser_systemcmdpolicy_binding {"systemuser_systemcmdpolicy_binding":)"
                R"({"username":"robot","policyname":"certsync-check","priority":60}})"
                "\n"
                R"(PUT /nitro/v1/config/systemuser_nspartition_binding {"systemuser_nspartition_binding":)"
                R"({"username":"robot","partitionname":"p1"}})"
                "\n"
                R"(POST /nitro/v1/config/nsconfig?action=save {"nsconfig":{}})"
                "\n");
}

TEST(CommandPolicy, HoldsNothingThatACommandLineTakesForItsOwn) {
  Use use = usual();
  use.features = {all_features().begin(), all_features().end()};
  use.certkey_names.insert(certkey_names_of({"a+b{{secret}}"}, model::UpdatePolicy::NewCertKey));
  use.targets = std::set<std::string>{"vs (old)*"};

  for (const auto& policy : command_policies(clauses(use), "certsync")) {
    EXPECT_EQ(policy.cmdspec.find_first_of("\\\"'`"), std::string::npos) << policy.cmdspec;
    EXPECT_LE(policy.name.size(), 31u);
  }
}

}  // namespace
}  // namespace certsync::cli
