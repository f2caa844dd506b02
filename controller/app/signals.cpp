#include "app/signals.h"

#include <csignal>

#include <pthread.h>
#include <unistd.h>

namespace certsync::app {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

extern "C" void end_now(int) {
  _exit(1);
}

}  // namespace

void block_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void wait_for_signal() {
  const sigset_t set = stop_signals();
  int got = 0;
  sigwait(&set, &got);
  std::signal(SIGTERM, end_now);
  std::signal(SIGINT, end_now);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void raise_stop() {
  kill(getpid(), SIGTERM);
}

}  // namespace certsync::app
