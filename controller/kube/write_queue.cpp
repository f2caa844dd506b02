#include "kube/write_queue.h"

#include <algorithm>

namespace certsync::kube {
namespace {

constexpr std::chrono::milliseconds kFirstBackoff{500};
constexpr std::chrono::milliseconds kLongestBackoff{60'000};
// A clock that tests move by hand is looked at again this often.
constexpr std::chrono::milliseconds kLongestNap{500};

}  // namespace

void WriteQueue::put(const std::string& key, Write write) {
  std::lock_guard lock(mutex_);
  auto& item = items_[key];
  item.write = std::move(write);
  // What is news is not held up by the trouble that its predecessor had, but for the first step of it.
  const auto now = clock_.steady();
  item.due = item.failures == 0 ? now : std::min(item.due, now + kFirstBackoff);
  tell();
}

void WriteQueue::forget(const std::string& key) {
  std::lock_guard lock(mutex_);
  items_.erase(key);
  forgotten_ = forgotten_ || (busy_ && busy_with_ == key);
  tell();
}

void WriteQueue::clear() {
  std::lock_guard lock(mutex_);
  items_.clear();
  forgotten_ = busy_;
  tell();
}

std::size_t WriteQueue::size() {
  std::lock_guard lock(mutex_);
  return items_.size();
}

void WriteQueue::tell() {
  ++changes_;
  changed_.notify_all();
}

std::map<std::string, WriteQueue::Item>::iterator WriteQueue::next_due() {
  return std::min_element(items_.begin(), items_.end(),
                          [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
}

void WriteQueue::run(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto next = next_due();
    const auto now = clock_.steady();
    if (next == items_.end() || next->second.due > now) {
      const auto news = [this, before = changes_] { return changes_ != before; };
      if (next == items_.end()) {
        changed_.wait(lock, stop, news);
      } else {
        const auto until = std::chrono::ceil<std::chrono::milliseconds>(next->second.due - now);
        changed_.wait_for(lock, stop, std::clamp(until, std::chrono::milliseconds(1), kLongestNap), news);
      }
      continue;
    }
    const std::string key = next->first;
    Item item = std::move(next->second);
    items_.erase(next);
    busy_ = true;
    busy_with_ = key;
    forgotten_ = false;
    lock.unlock();
    const Outcome outcome = item.write(stop);
    lock.lock();
    busy_ = false;
    if (outcome == Outcome::Again && !forgotten_ && !stop.stop_requested()) {
      ++item.failures;
      const std::chrono::milliseconds wait = kFirstBackoff * (1 << std::min(item.failures, 10));
      item.due = clock_.steady() + std::min(wait, kLongestBackoff);
      // Something newer under this key keeps its place; it has the same trouble before it.
      const auto [kept, old] = items_.try_emplace(key, std::move(item));
      if (!old) kept->second.failures = std::max(kept->second.failures, 1);
    }
    tell();
  }
}

bool WriteQueue::drain(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return items_.empty() && !busy_; });
}

}  // namespace certsync::kube
