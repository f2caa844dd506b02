#include "plan/guard.h"

#include <algorithm>

namespace certsync::plan {
namespace {

constexpr std::size_t kCorrectionsAnHour = 3;
constexpr double kBurst = 3;
constexpr std::chrono::minutes kRefill{1};

}  // namespace

void Guard::leaves(const std::string& certkey, const std::string& content) {
  const auto entry = reached_.find(certkey);
  if (entry == reached_.end() || entry->second == content) return;
  reached_.erase(entry);
  forgive(certkey);
}

void Guard::reached(const std::string& certkey, const std::string& content) {
  auto [entry, fresh] = reached_.try_emplace(certkey, content);
  if (!fresh && entry->second != content) {
    entry->second = content;
    forgive(certkey);
  }
}

bool Guard::is_drift(const std::string& certkey, const std::string& content) const {
  const auto found = reached_.find(certkey);
  return found != reached_.end() && found->second == content;
}

bool Guard::may_correct(const std::string& certkey, SteadyPoint now) {
  if (fighting_.count(certkey) != 0) return false;
  auto& times = corrections_[certkey];
  while (!times.empty() && now - times.front() >= std::chrono::hours(1))
    times.pop_front();
  if (times.size() >= kCorrectionsAnHour) {
    fighting_.insert(certkey);
    return false;
  }
  times.push_back(now);
  return true;
}

Guard::Tokens Guard::refill(const std::string& certkey, SteadyPoint now) const {
  const auto found = disturbances_.find(certkey);
  if (found == disturbances_.end()) return {kBurst, now};
  const double minutes = std::chrono::duration<double, std::ratio<60>>(now - found->second.at).count();
  return {std::min(kBurst, found->second.left + minutes), now};
}

bool Guard::may_disturb(const std::string& certkey, SteadyPoint now) {
  Tokens tokens = refill(certkey, now);
  const bool allowed = tokens.left >= 1;
  if (allowed) tokens.left -= 1;
  disturbances_[certkey] = tokens;
  return allowed;
}

void Guard::undisturbed(const std::string& certkey) {
  const auto tokens = disturbances_.find(certkey);
  if (tokens != disturbances_.end()) tokens->second.left = std::min(kBurst, tokens->second.left + 1);
}

SteadyPoint Guard::next_disturbance(const std::string& certkey, SteadyPoint now) const {
  const Tokens tokens = refill(certkey, now);
  if (tokens.left >= 1) return now;
  return now +
         std::chrono::duration_cast<SteadyPoint::duration>((1 - tokens.left) * std::chrono::duration<double>(kRefill));
}

void Guard::forgive(const std::string& certkey) {
  corrections_.erase(certkey);
  fighting_.erase(certkey);
}

bool Guard::fighting(const std::string& certkey) const {
  return fighting_.count(certkey) != 0;
}

void Guard::forget_all_but(const std::set<std::string>& certkeys) {
  const auto drop = [&](auto& entries) {
    std::erase_if(entries, [&](const auto& entry) { return certkeys.count(entry.first) == 0; });
  };
  drop(reached_);
  drop(corrections_);
  drop(disturbances_);
  std::erase_if(fighting_, [&](const auto& certkey) { return certkeys.count(certkey) == 0; });
}

}  // namespace certsync::plan
