#include "kube/process.h"

#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/stat.h>

#include "support/temp_folder.h"

namespace certsync::kube {
namespace {

using namespace std::chrono_literals;
using End = ProcessResult::End;

/// Waits for ever, and its child with it.
constexpr char kForEver[] = "tail -f /dev/null & wait";

class ProcessTest : public testing::Test {
 protected:
  std::string script(const std::string& lines) {
    folder_.write("plugin", "#!/bin/sh\n" + lines + "\n");
    ::chmod((folder_ / "plugin").c_str(), 0700);
    return folder_ / "plugin";
  }
  ProcessResult run(const std::string& lines, ProcessRequest request = {}) {
    request.command = script(lines);
    return runner_->run(request, stop_.get_token());
  }
  /// The beginning of a script that lets the test wait until it runs: opening a pipe waits for the other end.
  std::string say_hello() {
    EXPECT_EQ(::mkfifo((folder_ / "hello").c_str(), 0600), 0);
    return "echo $$ > " + (folder_ / "hello").string() + "; ";
  }
  pid_t hear_hello() { return static_cast<pid_t>(std::stol(folder_.read("hello"))); }

  support::TempFolder folder_;
  std::unique_ptr<ProcessRunner> runner_ = make_process_runner();
  std::stop_source stop_;
};

TEST_F(ProcessTest, TakesWhatAProgramWritesAndHowItEnds) {
  const auto result = run("echo out; echo err >&2; exit 7");

  EXPECT_EQ(result.end, End::Exited);
  EXPECT_EQ(result.code, 7);
  EXPECT_EQ(result.output.reveal(), "out\n");
  EXPECT_EQ(result.complaint, "err\n");
}

TEST_F(ProcessTest, ASignalIsToldAsShellsTellIt) {
  EXPECT_EQ(run("kill -9 $$").code, 128 + SIGKILL);
}

TEST_F(ProcessTest, GivesArgumentsAsTheyAre) {
  ProcessRequest request;
  request.args = {"two words", "$HOME", ""};

  EXPECT_EQ(run(R"(printf '<%s>' "$@")", std::move(request)).output.reveal(), "<two words><$HOME><>");
}

TEST_F(ProcessTest, AddsToTheEnvironment) {
  ProcessRequest request;
  request.environment = {{"PLUGIN", "first"}, {"PLUGIN", "last"}, {"HOME", "/elsewhere"}};

  EXPECT_EQ(run(R"(echo "$PLUGIN $HOME ${PATH:+inherited}"; env | grep -c ^PLUGIN=)", request).output.reveal(),
            "last /elsewhere inherited\n1\n");
}

TEST_F(ProcessTest, StandardInputIsEmpty) {
  EXPECT_EQ(run("wc -c").output.reveal(), "0\n");
}

TEST_F(ProcessTest, FindsCommandsInPath) {
  ProcessRequest request;
  request.command = "echo";
  request.args = {"found"};

  EXPECT_EQ(runner_->run(request, {}).output.reveal(), "found\n");
}

TEST_F(ProcessTest, SaysWhyAProgramDoesNotStart) {
  folder_.write("no-program", "text");
  ProcessRequest request;
  request.command = "certsync-there-is-no-such-command";
  EXPECT_EQ(runner_->run(request, {}).end, End::NotFound);
  request.command = folder_ / "not-there";
  EXPECT_EQ(runner_->run(request, {}).end, End::NotFound);

  request.command = folder_ / "no-program";
  const auto result = runner_->run(request, {});
  EXPECT_EQ(result.end, End::NotStarted);
  EXPECT_EQ(result.code, EACCES);
}

TEST_F(ProcessTest, TakesNoMoreThanItMay) {
  ProcessRequest request;
  request.max_output_bytes = 100'000;

  const auto all = run("head -c 100000 /dev/zero", request);
  EXPECT_EQ(all.end, End::Exited);
  EXPECT_EQ(all.output.size(), 100'000u);
  EXPECT_EQ(run("head -c 100001 /dev/zero", request).end, End::TooLong);
  EXPECT_EQ(run("cat /dev/zero", request).end, End::TooLong);
}

TEST_F(ProcessTest, ComplaintsAreCutAndHoldNobodyUp) {
  const auto result = run("head -c 300000 /dev/zero >&2; echo out");

  EXPECT_EQ(result.output.reveal(), "out\n");
  EXPECT_EQ(result.complaint.size(), kMaxComplaintBytes);
}

TEST_F(ProcessTest, KillsWhatTakesTooLongAndItsChildren) {
  ProcessRequest request;
  request.timeout = 50ms;
  folder_.write("pids", "");

  EXPECT_EQ(run("tail -f /dev/null & echo $! > " + (folder_ / "pids").string() + "; wait", request).end, End::TimedOut);

  // Orphans are reaped by somebody else, some time: a zombie counts as dead.
  const auto child = folder_.read("pids");
  if (child.empty()) return;
  const auto status = [&] {
    std::ifstream in("/proc/" + std::to_string(std::stol(child)) + "/stat");
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  while (!status().empty() && status().find(") Z") == std::string::npos)
    std::this_thread::yield();
}

TEST_F(ProcessTest, AStopKills) {
  const auto lines = say_hello() + kForEver;
  pid_t pid = 0;
  std::jthread stopper([&] {
    pid = hear_hello();
    stop_.request_stop();
  });

  EXPECT_EQ(run(lines).end, End::Stopped);

  stopper.join();
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_F(ProcessTest, StartsNothingForLongAfterAStop) {
  stop_.request_stop();

  EXPECT_EQ(run(kForEver).end, End::Stopped);
}

TEST_F(ProcessTest, DoesNotWaitForWhatAProgramLeavesBehind) {
  // The one left behind holds standard output open until the test lets it go.
  ASSERT_EQ(::mkfifo((folder_ / "end").c_str(), 0600), 0);
  const auto result = run("(read line < " + (folder_ / "end").string() + ") & echo done");

  EXPECT_EQ(result.end, End::Exited);
  EXPECT_EQ(result.output.reveal(), "done\n");
  folder_.write("end", "\n");
}

TEST_F(ProcessTest, AProgramGetsTheSignalsThatWeKeepFromOurselves) {
  // As app/signals.cpp does.
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
  auto* const pipe_before = std::signal(SIGPIPE, SIG_IGN);

  EXPECT_EQ(run("kill -TERM $$; exit 1").code, 128 + SIGTERM);
  EXPECT_EQ(run("kill -PIPE $$; exit 1").code, 128 + SIGPIPE);

  std::signal(SIGPIPE, pipe_before);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(ProcessTest, ManyAtOnce) {
  const auto command = script("echo $1");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      ProcessRequest request;
      request.command = command;
      request.args = {std::to_string(i)};
      EXPECT_EQ(runner_->run(request, {}).output.reveal(), std::to_string(i) + "\n");
    });
  }
}

}  // namespace
}  // namespace certsync::kube
