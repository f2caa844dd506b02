#include "engine/event_gate.h"

namespace certsync::engine {
namespace {

constexpr std::chrono::hours kRepeatAfter{1};
constexpr std::size_t kMaxTopics = 100'000;

std::string object_key(const std::string& kind, const model::ObjectRef& ref) {
  return kind + " " + to_text(ref);
}

}  // namespace

EventGate::EventGate(ports::EventSink& sink, const Clock& clock) : sink_(sink), clock_(clock) {}

void EventGate::say(ports::Event event) {
  {
    std::lock_guard lock(mutex_);
    const auto now = clock_.steady();
    // Forgetting everything once in a blue moon repeats a few Events; an unbounded map would not end.
    if (said_.size() >= kMaxTopics) said_.clear();
    auto [entry, fresh] =
        said_.try_emplace({object_key(event.kind, event.regarding), event.reason}, Said{event.note, now});
    if (!fresh) {
      if (entry->second.note == event.note && now - entry->second.at < kRepeatAfter) return;
      entry->second = {event.note, now};
    }
  }
  sink_.record(event);
}

void EventGate::settled(const std::string& kind, const model::ObjectRef& regarding, const std::string& reason) {
  std::lock_guard lock(mutex_);
  said_.erase({object_key(kind, regarding), reason});
}

void EventGate::forget(const std::string& kind, const model::ObjectRef& regarding) {
  std::lock_guard lock(mutex_);
  const std::string object = object_key(kind, regarding);
  std::erase_if(said_, [&](const auto& entry) { return entry.first.first == object; });
}

}  // namespace certsync::engine
