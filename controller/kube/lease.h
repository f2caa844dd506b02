// Leader election by a Lease: who may write. Rules of client-go's tools/leaderelection: the times in the record are
// never compared with the local clock; a record is valid for its duration after it was last seen to change.
// https://kubernetes.io/docs/concepts/architecture/leases/
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/sleeper.h"
#include "kube/api.h"
#include "model/object.h"
#include "ports/leadership.h"
#include "ports/recorder.h"

namespace certsync::kube {

struct LeaseOptions {
  model::ObjectRef lease;
  /// Of this process: unique among all that ever were.
  std::string identity;
  std::chrono::milliseconds duration{15'000};
  std::chrono::milliseconds renew_deadline{10'000};
  std::chrono::milliseconds retry_period{2'000};
};

/// spec of a Lease.
struct LeaseRecord {
  std::string holder;
  std::chrono::milliseconds duration{};
  std::string acquire_time;
  std::string renew_time;
  std::int64_t transitions = 0;
  std::string resource_version;
};

/// acquire(), hold() and release() in one thread; the rest is thread-safe.
class LeaderElector final : public ports::WriteGate {
 public:
  /// `api`: a client of its own, so that nothing else holds a renewal up. `steady`: a clock that goes on while the
  /// machine sleeps. `wall`: for the times that people read in the record. `random`: [0, 1).
  LeaderElector(LeaseOptions options, Api& api, const Clock& steady, const Clock& wall, Sleeper& sleeper,
                const Logger& log, ports::Recorder& recorder, std::function<double()> random);

  /// Blocks until this process leads; false when stopped before. Everything that was begun under an earlier term must
  /// have ended.
  bool acquire(std::stop_token stop);
  /// Renews. Returns when the lease is lost, or stopped; after a loss no write may begin.
  void hold(std::stop_token stop);
  /// After the guarded work has ended: lets the next one in at once. Tries for `patience`.
  void release(std::chrono::milliseconds patience);

  bool leading() const { return leading_; }
  /// For the liveness probe: not leading, or renewed within the lease's duration and some tolerance.
  bool healthy() const;

  bool open() const override;
  std::chrono::milliseconds quiet_for(std::chrono::milliseconds request_timeout) const override;

 private:
  enum class Try { Ours, Theirs, Failed };

  Try try_acquire(std::stop_token stop);
  Try try_renew(std::stop_token stop);
  Try create(bool clean, std::stop_token stop);
  /// Puts a record with us as its holder in place of `before`.
  Try take(const LeaseRecord& before, bool clean, std::stop_token stop);
  ApiResult<LeaseRecord> look(std::stop_token stop);
  ApiResult<LeaseRecord> put(const LeaseRecord& record, std::stop_token stop);
  void observe(const LeaseRecord& record);
  void renewed(SteadyPoint asked, const LeaseRecord& record);
  void lost(const std::string& why);
  Call call(http::Method method, const std::string& target, std::string body) const;
  LeaseRecord own_record(const LeaseRecord& before) const;

  LeaseOptions options_;
  Api& api_;
  const Clock& steady_;
  const Clock& wall_;
  Sleeper& sleeper_;
  const Logger& log_;
  ports::Recorder& recorder_;
  std::function<double()> random_;

  /// As last seen, and when it was first seen so.
  std::optional<LeaseRecord> observed_;
  SteadyPoint observed_at_{};
  /// Read by all threads.
  std::atomic<bool> leading_{false};
  std::atomic<SteadyPoint> renewed_at_{};
  std::atomic<SteadyPoint> acquired_at_{};
  std::atomic<bool> clean_{true};
};

/// Nothing where it is no Lease.
std::optional<LeaseRecord> decode_lease(std::string_view text);
std::string encode_lease(const model::ObjectRef& ref, const LeaseRecord& record);

}  // namespace certsync::kube
