// Data that can be reached only while its mutex is held.
#pragma once

#include <mutex>
#include <utility>

namespace certsync {

template <class T>
class Locked {
 public:
  Locked() = default;
  explicit Locked(T value) : value_(std::move(value)) {}

  /// Runs `work` with the data, alone.
  template <class F>
  decltype(auto) with(F&& work) {
    std::lock_guard lock(mutex_);
    return std::forward<F>(work)(value_);
  }
  template <class F>
  decltype(auto) with(F&& work) const {
    std::lock_guard lock(mutex_);
    return std::forward<F>(work)(std::as_const(value_));
  }

 private:
  mutable std::mutex mutex_;
  T value_;
};

}  // namespace certsync
