// The program nitro-sim, as other programs start it.
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/json.h"
#include "sim/test_client.h"

extern char** environ;

namespace sim::test {
namespace {

/// Runs until the destructor ends it.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::string path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "nitro-sim";
    std::vector<char*> argv = {path.data()};
    for (auto& argument : arguments) {
      argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    if (posix_spawn(&process_, path.c_str(), &actions, nullptr, argv.data(), environ) != 0) process_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = ends[0];
  }
  ~Program() {
    end(SIGKILL);
    if (output_ >= 0) close(output_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// The first line of its output, or what there was of it.
  std::string line() const {
    std::string text;
    char byte = 0;
    while (read(output_, &byte, 1) == 1 && byte != '\n') {
      text += byte;
    }
    return text;
  }
  /// The exit status; 128 and more for a signal. `signal_number` 0 waits for it to end by itself.
  int end(int signal_number) {
    if (process_ <= 0) return -1;
    if (signal_number != 0) kill(process_, signal_number);
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t process_ = -1;
  int output_ = -1;
};

/// Plain HTTP to the control interface; the body of the answer.
std::string control(const std::string& url, const std::string& method, const std::string& path,
                    const std::string& body = {}) {
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&target), sizeof(target)) != 0) return "not connected";
  const std::string request = method + " " + path + " HTTP/1.1\r\nHost: sim\r\nConnection: close\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body;
  send(socket, request.data(), request.size(), MSG_NOSIGNAL);
  std::string answer;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
  close(socket);
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

TEST(NitroSim, TellsWhereItIsAndObeysControl) {
  Program program({"--vserver", "one", "--vserver", "two:sni", "--count", "2"});
  const auto ready = parse_json(program.line());
  ASSERT_TRUE(ready);
  const Json::Array& appliances = ready->find("appliances")->array();
  ASSERT_EQ(appliances.size(), 2U);
  const std::string url = appliances[1].find("control")->text();
  const std::string nitro = appliances[1].find("nitro")->text().substr(8);
  EXPECT_EQ(appliances[1].find("name")->text(), "sim-2");
  EXPECT_EQ(appliances[0].find("endpoints")->object()[1].name, "two");

  EXPECT_EQ(control(url, "GET", "/state"), "vserver one\nvserver two sni\nsaved yes\n");
  EXPECT_EQ(control(url, "POST", "/faults", R"({"kind":"errorcode","errorcode":412})"), "ok\n");
  EXPECT_NE(http(nitro, "GET", "/nitro/v1/config/nsversion").find(R"("errorcode": 412)"), std::string::npos);
  EXPECT_EQ(control(url, "POST", "/faults", R"({"kind":"dance"})"), "not a fault rule\n");
  EXPECT_EQ(control(url, "POST", "/reboot"), "ok\n");
  EXPECT_EQ(control(url, "GET", "/counters"),
            R"({"requests":1,"mutating":0,"faults":1,"handshakes":{"one":0,"two":0},"failed":{"one":0,"two":0}})"
            "\n");
  EXPECT_NE(control(url, "GET", "/log").find(R"("fault":"errorcode")"), std::string::npos);

  EXPECT_EQ(program.end(SIGTERM), 0);
}

TEST(NitroSim, PairObeysControl) {
  Program program({"--pair", "--vserver", "one", "--secondary-writes", "warned"});
  const auto ready = parse_json(program.line());
  ASSERT_TRUE(ready);
  const Json& pair = ready->find("appliances")->array().front();
  const std::string url = pair.find("control")->text();
  const auto role = [&](const std::string& nitro) {
    const std::string answer = http(nitro.substr(8), "GET", "/nitro/v1/stat/hanode");
    return answer.find("\"Primary\"") != std::string::npos ? "primary" : "secondary";
  };
  const std::string first = pair.find("nodes")->array().front().text();

  EXPECT_EQ(role(first), std::string("primary"));
  EXPECT_EQ(control(url, "POST", "/unsaved-work"), "ok\n");
  EXPECT_EQ(control(url, "POST", "/failover"), "ok\n");
  EXPECT_EQ(role(first), std::string("secondary"));
  EXPECT_EQ(role(pair.find("nitro")->text()), std::string("primary"));
  EXPECT_EQ(control(url, "POST", "/sync-files"), "ok\n");
  EXPECT_EQ(control(url, "POST", "/nodes/0/unsaved-work"), "ok\n");
  EXPECT_EQ(control(url, "GET", "/nodes/0/state"), "vserver one\nvserver somebody_elses\nsaved no\n");
  EXPECT_EQ(control(url, "POST", "/nodes/0/save"), "ok\n");
  EXPECT_EQ(control(url, "POST", "/sync-config"), "ok\n");
  EXPECT_EQ(control(url, "GET", "/nodes/0/state"), control(url, "GET", "/nodes/1/state"));
  EXPECT_EQ(control(url, "GET", "/nodes/2/state"), "no such node\n");
  EXPECT_EQ(program.end(SIGTERM), 0);
}

TEST(NitroSim, EstateIsGivenByFlags) {
  Program program({"--partition", "p1", "--vserver", "one", "--vserver", "p1/two:sni:tls12", "--service", "svc",
                   "--service-group", "p1/grp", "--fips-key", "hsm"});
  const auto ready = parse_json(program.line());
  ASSERT_TRUE(ready);
  const Json& box = ready->find("appliances")->array().front();
  const std::string url = box.find("control")->text();
  const auto get = [&](const std::string& resource) {
    const std::string answer = http(box.find("nitro")->text().substr(8), "GET", "/nitro/v1/config/" + resource);
    return answer.substr(9, 3);
  };

  EXPECT_EQ(control(url, "GET", "/state"), "vserver one\nsaved yes\npartition p1\nvserver two sni\nsaved yes\n");
  EXPECT_EQ(get("service/svc"), "200");
  EXPECT_EQ(get("servicegroup/grp"), "404");
  EXPECT_EQ(get("sslfipskey/hsm"), "200");
  EXPECT_EQ(control(url, "POST", "/manner", R"({"vserver":"p1/two","manner":"dead"})"), "ok\n");
  EXPECT_FALSE(TlsClient(box.find("endpoints")->find("p1/two")->text()).connected());
  EXPECT_EQ(control(url, "POST", "/manner", R"({"vserver":"two","manner":"dead"})"), "no such vserver or manner\n");
}

TEST(NitroSim, BadFlagsEndWithThree) {
  for (const char* flag : {"--bogus", "--vserver=a:b", "--vserver=p1/a", "--secondary-writes=maybe", "--count=0"}) {
    EXPECT_EQ(Program({flag}).end(0), 3) << flag;
  }
}

}  // namespace
}  // namespace sim::test
