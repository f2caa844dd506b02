// How many requests a box gets at once, over all appliances that name it: partitions of one box share it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace certsync::nitro {

/// Thread-safe.
class Turnstile {
 public:
  class Pass {
   public:
    explicit Pass(Turnstile& turnstile) : turnstile_(turnstile) {}
    ~Pass() { turnstile_.leave(); }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    Turnstile& turnstile_;
  };

  /// Waits until fewer than `limit` are inside, or `stop`: then goes in all the same, since the request ends at once.
  Pass enter(int limit, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    left_.wait(lock, stop, [&] { return inside_ < limit; });
    ++inside_;
    return Pass(*this);
  }

 private:
  void leave() {
    {
      std::lock_guard lock(mutex_);
      --inside_;
    }
    left_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable_any left_;
  int inside_ = 0;
};

}  // namespace certsync::nitro
