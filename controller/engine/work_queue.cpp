#include "engine/work_queue.h"

#include <algorithm>

namespace certsync::engine {
namespace {

// Appointments are kept by the injected clock; a clock that tests move by hand is looked at again this often.
constexpr std::chrono::milliseconds kLongestNap{1000};

}  // namespace

WorkQueue::WorkQueue(std::string name, const Clock& clock, ports::Recorder& recorder, int at_once)
    : name_(std::move(name)), clock_(clock), recorder_(recorder), at_once_(at_once) {}

void WorkQueue::push(const std::string& key) {
  if (!dirty_.insert(key).second) return;
  recorder_.queue_add(name_);
  since_.try_emplace(key, clock_.steady());
  if (processing_.count(key) != 0) return;
  queue_.push_back(key);
  recorder_.queue_depth(name_, queue_.size());
  keeper_.notify_one();
}

void WorkQueue::add(const std::string& key) {
  std::lock_guard lock(mutex_);
  later_.erase(key);
  push(key);
}

void WorkQueue::add_after(const std::string& key, std::chrono::milliseconds delay) {
  std::lock_guard lock(mutex_);
  const auto at = clock_.steady() + delay;
  const auto [entry, fresh] = later_.try_emplace(key, at);
  if (!fresh) entry->second = std::min(entry->second, at);
  recorder_.queue_retry(name_);
  ++appointments_;
  keeper_.notify_one();
}

void WorkQueue::forget(const std::string& key) {
  std::lock_guard lock(mutex_);
  later_.erase(key);
}

void WorkQueue::clear() {
  std::lock_guard lock(mutex_);
  later_.clear();
  queue_.clear();
  dirty_.clear();
  since_.clear();
  recorder_.queue_depth(name_, 0);
}

std::optional<SteadyPoint> WorkQueue::move_due() {
  const auto now = clock_.steady();
  std::optional<SteadyPoint> next;
  for (auto it = later_.begin(); it != later_.end();) {
    if (it->second <= now) {
      push(it->first);
      it = later_.erase(it);
      continue;
    }
    if (!next || it->second < *next) next = it->second;
    ++it;
  }
  return next;
}

std::optional<SteadyPoint> WorkQueue::turn() const {
  if (processing_.size() < static_cast<std::size_t>(at_once_)) return std::nullopt;
  const auto now = clock_.steady();
  std::optional<SteadyPoint> first;
  int young = 0;
  for (const auto& [key, since] : processing_) {
    if (since + kLong <= now) continue;
    ++young;
    if (!first || since + kLong < *first) first = since + kLong;
  }
  return young < at_once_ ? std::nullopt : first;
}

bool WorkQueue::keep_appointments(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    auto next = move_due();
    if (const auto turn_at = turn()) {
      next = next ? std::min(*next, *turn_at) : turn_at;
    } else if (!queue_.empty()) {
      return true;
    }
    auto nap = std::chrono::duration_cast<std::chrono::milliseconds>(kLongestNap);
    if (next) {
      const auto until = std::chrono::ceil<std::chrono::milliseconds>(*next - clock_.steady());
      nap = std::clamp(until, std::chrono::milliseconds(1), nap);
    }
    keeper_.wait_for(lock, stop, nap, [this, before = appointments_] {
      return appointments_ != before || (!queue_.empty() && !turn());
    });
  }
  return false;
}

std::optional<std::string> WorkQueue::get(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  if (!others_.wait(lock, stop, [this] { return !kept_; })) return std::nullopt;
  kept_ = true;
  const bool found = keep_appointments(lock, stop);
  kept_ = false;
  others_.notify_one();
  if (!found) return std::nullopt;
  std::string key = queue_.front();
  queue_.pop_front();
  processing_.emplace(key, clock_.steady());
  dirty_.erase(key);
  if (const auto since = since_.find(key); since != since_.end()) {
    recorder_.queue_wait(name_, clock_.steady() - since->second);
    since_.erase(since);
  }
  recorder_.queue_depth(name_, queue_.size());
  recorder_.queue_started(name_, key);
  return key;
}

void WorkQueue::done(const std::string& key) {
  std::lock_guard lock(mutex_);
  processing_.erase(key);
  recorder_.queue_ended(name_, key);
  if (dirty_.count(key) != 0) {
    queue_.push_back(key);
    recorder_.queue_depth(name_, queue_.size());
  }
  if (!queue_.empty()) keeper_.notify_one();
}

bool WorkQueue::again(const std::string& key) const {
  std::lock_guard lock(mutex_);
  return dirty_.count(key) != 0;
}

bool WorkQueue::idle() const {
  std::lock_guard lock(mutex_);
  return queue_.empty() && processing_.empty();
}

}  // namespace certsync::engine
