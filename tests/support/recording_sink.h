// An ObjectSink that remembers: every call as a line of text, and the last form of every object.
//
//   put appliance edge gen=1
//   put secret default/www-tls kubernetes.io/tls
//   put sync default/www gen=2 deleting problems: spec.foo: unknown field
//   put namespace team-a
//   remove sync default/www
//   synced complete | synced incomplete
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "ports/objects.h"

namespace support {

/// Thread-safe.
class RecordingSink final : public certsync::ports::ObjectSink {
 public:
  using ObjectRef = certsync::model::ObjectRef;

  void put(certsync::model::Appliance appliance) override {
    std::lock_guard lock(mutex_);
    note("put appliance " + certsync::model::to_text(appliance.meta.ref) + generation(appliance.meta) +
         problems(appliance.problems));
    const auto name = appliance.meta.ref.name;
    appliances_.insert_or_assign(name, std::move(appliance));
  }
  void put(certsync::model::CertSync sync) override {
    std::lock_guard lock(mutex_);
    note("put sync " + certsync::model::to_text(sync.meta.ref) + generation(sync.meta) +
         (sync.meta.deleting ? " deleting" : "") + problems(sync.problems));
    const auto ref = sync.meta.ref;
    syncs_.insert_or_assign(ref, std::move(sync));
  }
  void put(certsync::ports::SecretMeta secret) override {
    std::lock_guard lock(mutex_);
    note("put secret " + certsync::model::to_text(secret.meta.ref) + " " + secret.type);
    const auto ref = secret.meta.ref;
    secrets_.insert_or_assign(ref, std::move(secret));
  }
  void put_namespace(const std::string& name, certsync::model::Labels) override {
    std::lock_guard lock(mutex_);
    note("put namespace " + name);
  }
  void remove_appliance(const std::string& name) override {
    std::lock_guard lock(mutex_);
    appliances_.erase(name);
    note("remove appliance " + name);
  }
  void remove_cert_sync(const ObjectRef& ref) override {
    std::lock_guard lock(mutex_);
    syncs_.erase(ref);
    note("remove sync " + certsync::model::to_text(ref));
  }
  void remove_secret(const ObjectRef& ref) override {
    std::lock_guard lock(mutex_);
    secrets_.erase(ref);
    note("remove secret " + certsync::model::to_text(ref));
  }
  void remove_namespace(const std::string& name) override {
    std::lock_guard lock(mutex_);
    note("remove namespace " + name);
  }
  void synced(bool complete) override {
    std::lock_guard lock(mutex_);
    note(complete ? "synced complete" : "synced incomplete");
  }

  /// The lines since the last take(), each with its newline.
  std::string take() {
    std::lock_guard lock(mutex_);
    std::string text;
    for (; taken_ < lines_.size(); ++taken_)
      text += lines_[taken_] + "\n";
    return text;
  }
  /// Whether the line is there, or comes within `timeout`.
  bool wait_for(const std::string& line, std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    return wait_for_count(line, 1, timeout);
  }
  bool wait_for_count(const std::string& line, std::size_t count, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] {
      std::size_t seen = 0;
      for (const auto& each : lines_)
        seen += each == line ? 1 : 0;
      return seen >= count;
    });
  }

  certsync::model::CertSync sync(const ObjectRef& ref) const {
    std::lock_guard lock(mutex_);
    return syncs_.at(ref);
  }
  certsync::model::Appliance appliance(const std::string& name) const {
    std::lock_guard lock(mutex_);
    return appliances_.at(name);
  }
  certsync::ports::SecretMeta secret(const ObjectRef& ref) const {
    std::lock_guard lock(mutex_);
    return secrets_.at(ref);
  }

 private:
  static std::string generation(const certsync::model::ObjectMeta& meta) {
    return " gen=" + std::to_string(meta.generation);
  }
  static std::string problems(const std::vector<std::string>& problems) {
    std::string text;
    for (const auto& problem : problems)
      text += (text.empty() ? " problems: " : "; ") + problem;
    return text;
  }
  void note(std::string line) {
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  std::size_t taken_ = 0;
  std::map<std::string, certsync::model::Appliance> appliances_;
  std::map<ObjectRef, certsync::model::CertSync> syncs_;
  std::map<ObjectRef, certsync::ports::SecretMeta> secrets_;
};

}  // namespace support
