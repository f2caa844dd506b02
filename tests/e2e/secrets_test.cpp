// Planted secrets are looked for wherever somebody could come across them: log, output, status, metrics, /proc, and the
// memory of the process once the deployment is over.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "e2e/child.h"
#include "e2e/curl.h"
#include "e2e/estate_folder.h"
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "sim/simulator.h"
#include "support/sanitized.h"

namespace e2e {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

sim::Options with_planted_password() {
  auto options = two_servers();
  options.password = "planted-password-of-nitro";
  return options;
}

/// By what it is found, whatever form it is in: lines of the PEM, bytes of the key, the PEM in base64.
std::map<std::string, std::string> traces_of_key(const std::string& pem) {
  std::map<std::string, std::string> traces;
  std::istringstream in(pem);
  std::string body;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with("-----")) continue;
    if (line.size() > 40) traces["line " + std::to_string(++number)] = line;
    body += line;
  }
  const auto der = certsync::from_base64(body).value_or("");
  // The first bytes are alike in all keys.
  constexpr std::size_t kStart = 36;
  constexpr std::size_t kLength = 24;
  if (der.size() > kStart + kLength) traces["bytes"] = der.substr(kStart, kLength);
  const auto twice = certsync::to_base64(pem);
  traces["base64"] = twice.substr(twice.size() / 2, 32);
  return traces;
}

/// "line 1 in [heap]" for each place in the memory of the process.
std::string found_in_memory(int pid, const std::map<std::string, std::string>& traces, std::size_t& scanned) {
  std::string found;
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  std::ifstream memory("/proc/" + std::to_string(pid) + "/mem", std::ios::binary);
  for (std::string line; std::getline(maps, line);) {
    unsigned long long from = 0;
    unsigned long long to = 0;
    char readable = '-';
    if (std::sscanf(line.c_str(), "%llx-%llx %c", &from, &to, &readable) != 3 || readable != 'r') continue;
    std::string bytes(to - from, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(from));
    memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(memory.gcount(), 0)));
    scanned += bytes.size();
    for (const auto& [name, trace] : traces)
      if (bytes.find(trace) != std::string::npos) found += name + " in " + line + "\n";
  }
  return found;
}

class Secrets : public testing::Test {
 protected:
  Secrets() { estate_.log_in_as("nsroot", kPassword); }
  bool serves(const std::string& leaf) { return served(box_.endpoint("vs_www")) == leaf; }

  const std::string kPassword = "planted-password-of-nitro";
  sim::Simulator box_{with_planted_password()};
  EstateFolder estate_{box_};
};

TEST_F(Secrets, AreNowhereToBeSeen) {
  const auto first = estate_.renew();
  std::map<std::string, std::string> all = {{"password", kPassword}};
  for (const auto& [name, trace] : traces_of_key(estate_.last_key()))
    all["first key, " + name] = trace;
  Child child(estate_.command({"--log-level", "trace"}));
  ASSERT_TRUE(until([&] { return serves(first); })) << child.output();
  const auto second = estate_.renew();
  for (const auto& [name, trace] : traces_of_key(estate_.last_key()))
    all["second key, " + name] = trace;
  ASSERT_TRUE(until([&] { return serves(second) && box_.state_text().find("saved yes") != std::string::npos; }));

  const std::string proc = "/proc/" + std::to_string(child.pid()) + "/";
  std::map<std::string, std::string> places = {{"log", child.output()},
                                               {"cmdline", content(proc + "cmdline")},
                                               {"environ", content(proc + "environ")},
                                               {"metrics", get(child.wait_for("metrics_port="), "/metrics")}};
  for (const auto& entry : fs::recursive_directory_iterator(estate_.folder() / "status"))
    if (entry.path().extension() == ".yaml") places[entry.path()] = content(entry.path());
  for (const auto& [place, text] : places) {
    EXPECT_FALSE(text.empty()) << place;
    for (const auto& [name, trace] : all)
      EXPECT_EQ(text.find(trace), std::string::npos) << name << " in " << place;
    for (const char* word : {"PRIVATE KEY", "NITRO_AUTH_TOKEN"})
      EXPECT_EQ(text.find(word), std::string::npos) << word << " in " << place;
  }
  EXPECT_EQ(content(proc + "coredump_filter"), "00000000\n");

  // A sanitizer's allocator keeps what was freed.
  if (!support::kSanitized) {
    std::size_t scanned = 0;
    EXPECT_EQ(found_in_memory(child.pid(), all, scanned), "");
    EXPECT_GT(scanned, 1u << 20);
    // The search can find something: what the process does hold.
    EXPECT_NE(found_in_memory(child.pid(), {{"name", "vs_shop"}}, scanned), "");
    std::printf("%zu MiB of memory searched for %zu traces\n", scanned >> 20, all.size());
  }
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace e2e
