#include "base/sleeper.h"

#include <condition_variable>
#include <mutex>

namespace certsync {
namespace {

class SystemSleeper final : public Sleeper {
 public:
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, duration, [] { return false; });
    return !stop.stop_requested();
  }
};

}  // namespace

std::unique_ptr<Sleeper> make_system_sleeper() {
  return std::make_unique<SystemSleeper>();
}

}  // namespace certsync
