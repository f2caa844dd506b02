// encryptKeys: what leaves the operator and what lies on the appliance's disk, looked at byte by byte.
#include <sstream>

#include "scenarios/estate.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "model/naming.h"

namespace scenarios {
namespace {

bool is_plain_key(const std::string& text) {
  return text.find("PRIVATE KEY-----") != std::string::npos && text.find("ENCRYPTED") == std::string::npos;
}

class EncryptedKeys : public testing::Test {
 protected:
  EncryptedKeys() {
    world_.add_box("edge", {{"vs0", "lb", false}, {"vs1", "lb", false}});
    write_appliance(true);
    world_.write("syncs.yaml", estate_.syncs("edge", 2));
    renew();
    world_.on_request = [this](const sim::Request& request) { look_at(request); };
    world_.start();
  }

  void write_appliance(bool encrypt) {
    world_.write_appliance("edge", std::string("  encryptKeys: ") + (encrypt ? "true" : "false") + "\n");
  }
  void renew() { world_.write("secrets.yaml", estate_.secrets()); }

  void look_at(const sim::Request& request) {
    if (request.target.find("systemfile") == std::string::npos || request.body.empty()) return;
    const auto file = nlohmann::json::parse(request.body).at("systemfile");
    const std::string content = *certsync::from_base64(file.at("filecontent").get<std::string>());
    if (content.find("PRIVATE KEY") == std::string::npos) return;
    ++keys_sent_;
    if (is_plain_key(content)) ++plain_keys_sent_;
    const auto mark = certsync::model::parse_file_name(file.at("filename").get<std::string>());
    if (mark->content == certsync::sha256_hex(content).substr(0, 24)) ++named_by_content_;
  }

  std::vector<std::string> files() {
    std::vector<std::string> names;
    std::istringstream state(world_.box("edge").appliance->state_text());
    for (std::string word; state >> word;) {
      if (word == "file" && state >> word) names.push_back(word);
    }
    return names;
  }
  int plain_keys_on_disk() {
    int count = 0;
    for (const auto& name : files())
      count += is_plain_key(*world_.box("edge").appliance->file(name)) ? 1 : 0;
    return count;
  }

  World world_;
  Estate estate_{2};
  int keys_sent_ = 0;
  int plain_keys_sent_ = 0;
  int named_by_content_ = 0;
};

TEST_F(EncryptedKeys, NoPlainKeyIsSentOrLiesOnTheDisk) {
  ASSERT_TRUE(world_.settle());
  renew();
  ASSERT_TRUE(world_.settle());

  EXPECT_EQ(world_.condition("netscalercertsync", "default/s0", "Ready"), "True Synced");
  EXPECT_EQ(keys_sent_, 4);
  EXPECT_EQ(plain_keys_sent_, 0);
  EXPECT_EQ(named_by_content_, 4);
  EXPECT_EQ(plain_keys_on_disk(), 0);
  // Two certificates, two keys, one intermediate: nothing was left behind.
  EXPECT_EQ(files().size(), 5u);
}

TEST_F(EncryptedKeys, TurnedOnLaterItTakesThePlainOnesAway) {
  write_appliance(false);
  ASSERT_TRUE(world_.settle());
  ASSERT_EQ(plain_keys_on_disk(), 2);

  write_appliance(true);
  ASSERT_TRUE(world_.settle());

  EXPECT_EQ(plain_keys_on_disk(), 0);
  EXPECT_EQ(world_.condition("netscalercertsync", "default/s1", "Ready"), "True Synced");
}

TEST_F(EncryptedKeys, ThePassphraseIsSentOnceAndWrittenNowhere) {
  std::string bodies;
  world_.on_request = [&](const sim::Request& request) { bodies += request.body + "\n"; };
  ASSERT_TRUE(world_.settle());
  renew();
  ASSERT_TRUE(world_.settle());

  const auto drawn = world_.entropy().drawn();
  ASSERT_EQ(drawn.size(), 4u);
  const std::string said = world_.log() + world_.take_events() + world_.status_text("netscalercertsync", "default/s0") +
                           world_.status_text("netscalerappliance", "edge");
  for (const auto& random : drawn) {
    const std::string passphrase = certsync::to_hex(random);
    const auto first = bodies.find(passphrase);
    EXPECT_NE(first, std::string::npos);
    EXPECT_EQ(bodies.find(passphrase, first + 1), std::string::npos);
    EXPECT_EQ(said.find(passphrase), std::string::npos);
  }
}

}  // namespace
}  // namespace scenarios
