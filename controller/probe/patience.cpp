#include "probe/patience.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace certsync::probe {
namespace {

using std::chrono::milliseconds;

// So that no sum of times overflows; no probe takes longer.
constexpr milliseconds kLongest = std::chrono::hours(1);

}  // namespace

Patience::Patience(milliseconds timeout, std::stop_token stop)
    : deadline_(std::chrono::steady_clock::now() + std::clamp(timeout, milliseconds(0), kLongest)),
      stop_(std::move(stop)),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  wake_.emplace(stop_, Wake{event_});
}

Patience::~Patience() {
  wake_.reset();
  if (event_ >= 0) ::close(event_);
}

void Patience::Wake::operator()() const {
  // Without an event (no descriptor was left) a stop is seen at the deadline.
  if (event >= 0) (void)::eventfd_write(event, 1);
}

Waited Patience::wait(int socket, short events, SteadyPoint until) const {
  std::array<pollfd, 2> watched{{{socket, events, 0}, {event_, POLLIN, 0}}};
  while (!stop_.stop_requested()) {
    const auto left = std::chrono::ceil<milliseconds>(std::min(until, deadline_) - std::chrono::steady_clock::now());
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(std::max(left, milliseconds(0)).count()));
    if (ready < 0 && errno != EINTR) return Waited::TimedOut;
    if (ready > 0 && watched[0].revents != 0) return stop_.stop_requested() ? Waited::Stopped : Waited::Ready;
    if (left <= milliseconds(0)) return stop_.stop_requested() ? Waited::Stopped : Waited::TimedOut;
  }
  return Waited::Stopped;
}

}  // namespace certsync::probe
