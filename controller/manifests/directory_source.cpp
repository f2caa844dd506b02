#include "manifests/directory_source.h"

#include <algorithm>
#include <mutex>
#include <set>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/locked.h"
#include "manifests/directory_watch.h"
#include "manifests/manifest_files.h"
#include "manifests/manifest_set.h"
#include "manifests/outbox.h"
#include "manifests/status_files.h"

namespace certsync::manifests {
namespace {

namespace fs = std::filesystem;
using model::ObjectRef;
using ports::ObjectSink;
using ports::SecretMeta;
using std::chrono::milliseconds;

constexpr milliseconds kSafetyRescan{30'000};
constexpr std::size_t kLargestSecretFile = 1024 * 1024;
constexpr int kMostRescans = 5;
constexpr std::string_view kFilesPrefix = "files:";

enum class Kind { Appliance, CertSync, Secret };
using Key = std::pair<Kind, ObjectRef>;

struct State {
  ManifestSet set;
  bool restored = false;
  /// What the sink has of each object, as text.
  std::map<Key, std::string> pushed;
  /// Pushed as going away, until finish_deletion().
  std::map<ObjectRef, TimePoint> deleting;
  std::optional<bool> complete;
};

struct Scan {
  std::vector<ManifestFile> files;
  std::set<fs::path> folders;
  bool readable = false;
  bool may_delete = false;
};

nlohmann::json meta_text(const model::ObjectMeta& meta) {
  return {meta.generation, meta.labels, meta.annotations, meta.created ? meta.created->time_since_epoch().count() : 0};
}

/// Everything that the source itself decides about an object: when this changes, the sink gets it anew.
std::string signature(const model::Appliance& appliance) {
  return nlohmann::json({meta_text(appliance.meta), appliance.raw_spec, appliance.problems})
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string signature(const model::CertSync& sync) {
  nlohmann::json all = {meta_text(sync.meta), sync.raw_spec, sync.problems, sync.meta.deleting};
  if (sync.spec.source.files) {
    all.push_back({sync.spec.source.files->certificate, sync.spec.source.files->private_key});
  }
  return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string signature(const SecretMeta& secret) {
  return nlohmann::json({meta_text(secret.meta), secret.type, secret.meta.resource_version})
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_text(const ManifestError& error) {
  const auto document = error.document > 0 ? " (document " + std::to_string(error.document) + ")" : "";
  return error.file + document + ": " + error.message;
}

template <class T>
bool is_known_only_from_status(const Entry<T>& entry) {
  return entry.file.empty();
}

/// Objects that no manifest shows any more stay until their time has come. A broken manifest stops the clock: the
/// object may have moved into it.
template <class T>
void keep_absent(const std::map<ObjectRef, Entry<T>>& before, std::map<ObjectRef, Entry<T>>& now, bool broken,
                 SteadyPoint time) {
  for (const auto& [ref, entry] : before) {
    const auto [at, inserted] = now.try_emplace(ref, entry);
    auto& kept = at->second;
    if (!inserted && !kept.absent_since) continue;
    if (!kept.absent_since || broken) kept.absent_since = time;
  }
}

template <class T>
bool has_invalid(const std::map<ObjectRef, Entry<T>>& all) {
  return std::any_of(all.begin(), all.end(),
                     [](const auto& item) { return !item.second.valid && !item.second.absent_since; });
}

}  // namespace

struct DirectorySource::Impl {
  DirectoryOptions options;
  const Clock& clock;
  const Logger& log;
  ObjectSink& sink;
  std::function<void(std::size_t)> on_error_count;

  std::mutex scanning{};
  Locked<State> state{};
  Outbox outbox{};
  Locked<std::vector<ManifestError>> errors{};

  std::string path_rule(const fs::path& path) const {
    if (!options.files_root || is_below(path, *options.files_root)) return "";
    return "must lie below " + options.files_root->string();
  }

  Scan read_files() const {
    Scan scan;
    auto listing = list_manifests(options.directory, options.status_directory);
    scan.readable = listing.readable;
    scan.folders = std::move(listing.folders);
    scan.files = std::move(listing.errors);
    std::error_code ignored;
    for (const auto& path : listing.files) {
      auto text = read_whole_file(path, kLargestManifest);
      if (text) {
        scan.files.emplace_back(path, std::move(*text));
      } else if (text.error().kind != ErrorKind::Gone || fs::is_symlink(path, ignored)) {
        scan.files.emplace_back(path, "", text.error().message);
      }
    }
    return scan;
  }

  /// Everything from the files to the calls for the sink.
  void merge(State& now, Scan& scan) {
    if (!std::exchange(now.restored, true)) now.set = read_status_files(options.status_directory);
    ManifestSet next;
    if (scan.readable && !scan.files.empty()) {
      next = read_manifests(scan.files, now.set, [this](const fs::path& path) { return path_rule(path); });
    } else {
      next = now.set;
      const char* what = scan.readable ? "no manifests here" : "cannot be read";
      next.errors = {{options.directory.string(), 0, std::string(what) + "; nothing is deleted for that"}};
      next.broken = true;
    }
    const auto time = clock.steady();
    keep_absent(now.set.appliances, next.appliances, next.broken, time);
    keep_absent(now.set.syncs, next.syncs, next.broken, time);
    keep_absent(now.set.secrets, next.secrets, next.broken, time);
    now.set = std::move(next);
    std::erase_if(now.deleting, [&](const auto& item) {
      const auto found = now.set.syncs.find(item.first);
      return found == now.set.syncs.end() || !found->second.absent_since;
    });
    push_all(now);
    if (scan.may_delete && !now.set.broken) remove_due(now, time);
    const bool complete = !now.set.broken && !has_invalid(now.set.appliances) && !has_invalid(now.set.syncs);
    if (now.complete != complete) outbox.add([complete](ObjectSink& to) { to.synced(complete); });
    now.complete = complete;
  }

  void push_all(State& now) {
    for (auto& [ref, entry] : now.set.appliances)
      push_with_status(now, {Kind::Appliance, ref}, entry);
    for (const auto& [ref, entry] : now.set.secrets)
      push(now, {Kind::Secret, ref}, entry.object);
    for (const auto& [ref, entry] : now.set.syncs)
      push_files(now, entry);
    for (auto& [ref, entry] : now.set.syncs) {
      mark_deleting(now, ref, entry.object.meta);
      push_with_status(now, {Kind::CertSync, ref}, entry);
    }
  }

  static void mark_deleting(const State& now, const ObjectRef& ref, model::ObjectMeta& meta) {
    const auto found = now.deleting.find(ref);
    meta.deleting = found != now.deleting.end();
    meta.deleted_at = meta.deleting ? std::optional(found->second) : std::nullopt;
  }

  template <class T>
  void push(State& now, const Key& key, const T& object) {
    auto text = signature(object);
    auto& last = now.pushed[key];
    if (last == text) return;
    last = std::move(text);
    outbox.add([object](ObjectSink& to) { to.put(object); });
  }

  /// With the status as it is on disk by now, since whoever writes it does not come by here.
  template <class T>
  void push_with_status(State& now, const Key& key, Entry<T>& entry) {
    if (is_known_only_from_status(entry) && !entry.object.meta.deleting) return;
    if (now.pushed.contains(key) && now.pushed[key] == signature(entry.object)) return;
    if (auto status = read_status(options.status_directory, entry.object)) entry.object.status = std::move(*status);
    push(now, key, entry.object);
  }

  void push_files(State& now, const Entry<model::CertSync>& entry) {
    const auto& sync = entry.object;
    const Key key{Kind::Secret, ports::file_secret_ref(sync.meta.ref)};
    const bool wanted = entry.valid && sync.spec.source.files && !is_known_only_from_status(entry);
    const auto secret = wanted ? read_pair(sync) : fail(ErrorKind::Gone, Reason::SecretNotFound, "");
    if (secret) {
      push(now, key, secret->meta);
    } else {
      remove_files(now, sync.meta.ref);
    }
  }

  void remove_files(State& now, const ObjectRef& sync) {
    const auto ref = ports::file_secret_ref(sync);
    if (now.pushed.erase({Kind::Secret, ref}) > 0) outbox.add([ref](ObjectSink& to) { to.remove_secret(ref); });
  }

  /// The files of `source.files` as a Secret.
  Result<ports::SecretData> read_pair(const model::CertSync& sync) const {
    ports::SecretData secret;
    secret.meta.meta.ref = ports::file_secret_ref(sync.meta.ref);
    secret.meta.meta.uid = "files/" + model::to_text(sync.meta.ref);
    secret.meta.type = "kubernetes.io/tls";
    const auto& files = *sync.spec.source.files;
    for (const auto& [key, path] : {std::pair{"tls.crt", &files.certificate}, {"tls.key", &files.private_key}}) {
      if (path->empty()) continue;
      // Checked again at each reading: a symlink may point elsewhere by now.
      if (const auto wrong = path_rule(*path); !wrong.empty()) {
        return fail(ErrorKind::Stalled, Reason::SecretInvalid, *path + ": " + wrong);
      }
      auto bytes = read_whole_file(*path, kLargestSecretFile);
      if (!bytes) return tl::unexpected(bytes.error());
      secret.data[key] = SecretBytes(std::move(*bytes));
    }
    secret.meta.meta.resource_version = secret_version(secret);
    return secret;
  }

  void remove_due(State& now, SteadyPoint time) {
    const auto due = [&](const auto& entry) {
      return entry.absent_since && time - *entry.absent_since >= options.deletion_delay;
    };
    for (auto at = now.set.syncs.begin(); at != now.set.syncs.end();) {
      auto& [ref, entry] = *at;
      if (!due(entry) || now.deleting.contains(ref)) {
        ++at;
      } else if (entry.object.spec.deletion_policy == model::DeletionPolicy::Delete) {
        now.deleting.emplace(ref, clock.now());
        mark_deleting(now, ref, entry.object.meta);
        push_with_status(now, {Kind::CertSync, ref}, entry);
        ++at;
      } else {
        remove_sync(now, ref);
        at = now.set.syncs.erase(at);
      }
    }
    std::erase_if(now.set.secrets, [&](const auto& item) {
      if (!due(item.second)) return false;
      now.pushed.erase({Kind::Secret, item.first});
      outbox.add([ref = item.first](ObjectSink& to) { to.remove_secret(ref); });
      return true;
    });
    std::erase_if(now.set.appliances, [&](const auto& item) {
      if (!due(item.second)) return false;
      now.pushed.erase({Kind::Appliance, item.first});
      outbox.add([name = item.first.name](ObjectSink& to) { to.remove_appliance(name); });
      return true;
    });
  }

  void remove_sync(State& now, const ObjectRef& ref) {
    now.pushed.erase({Kind::CertSync, ref});
    outbox.add([ref](ObjectSink& to) { to.remove_cert_sync(ref); });
    remove_files(now, ref);
  }

  /// Each error is said once when it comes and once when it goes.
  void tell_errors(const ManifestSet& set) {
    const auto before = errors.with([&](auto& all) { return std::exchange(all, set.errors); });
    std::set<std::string> old_texts;
    std::set<std::string> new_texts;
    for (const auto& error : before)
      old_texts.insert(to_text(error));
    for (const auto& error : set.errors) {
      if (!new_texts.insert(to_text(error)).second || old_texts.contains(to_text(error))) continue;
      const bool whole = error.file == options.directory.string();
      log.write(whole ? LogLevel::Error : LogLevel::Warn, "manifest cannot be used",
                {{"file", error.file}, {"document", static_cast<long long>(error.document)}, {"error", error.message}});
    }
    for (const auto& error : before) {
      if (new_texts.contains(to_text(error))) continue;
      log.info("manifest error is mended",
               {{"file", error.file}, {"document", static_cast<long long>(error.document)}, {"error", error.message}});
    }
    if (on_error_count) on_error_count(set.errors.size());
  }

  /// Returns the folders in which a change matters.
  std::set<fs::path> scan_once(bool may_delete) {
    std::lock_guard lock(scanning);
    Scan scan = read_files();
    scan.may_delete = may_delete;
    ManifestSet told;
    state.with([&](State& now) {
      merge(now, scan);
      told.errors = now.set.errors;
      told.skipped = now.set.skipped;
      for (const auto& [ref, entry] : now.set.syncs) {
        if (!entry.object.spec.source.files || is_known_only_from_status(entry)) continue;
        collect_folders(entry.object.spec.source.files->certificate, scan.folders);
        if (const auto& key = entry.object.spec.source.files->private_key; !key.empty())
          collect_folders(key, scan.folders);
      }
    });
    outbox.deliver(sink);
    tell_errors(told);
    if (told.skipped > 0) {
      log.debug("documents of other kinds are skipped", {{"count", static_cast<long long>(told.skipped)}});
    }
    return std::move(scan.folders);
  }

  milliseconds until_next_scan() {
    return state.with([this](State& now) {
      auto wait = kSafetyRescan;
      const auto time = clock.steady();
      const auto consider = [&](const auto& entry) {
        if (!entry.absent_since) return;
        const auto left = *entry.absent_since + options.deletion_delay - time;
        wait = std::min(wait, std::max(milliseconds(1), std::chrono::ceil<milliseconds>(left)));
      };
      for (const auto& [ref, entry] : now.set.appliances)
        consider(entry);
      for (const auto& [ref, entry] : now.set.secrets)
        consider(entry);
      for (const auto& [ref, entry] : now.set.syncs) {
        if (!now.deleting.contains(ref)) consider(entry);
      }
      return wait;
    });
  }

  /// Where a Secret was read from, and what it was then.
  struct Origin {
    std::string file;
    std::string version;
    bool held = false;
  };

  std::optional<Origin> find_origin(const ObjectRef& ref) {
    return state.with([&](State& now) -> std::optional<Origin> {
      const auto found = now.set.secrets.find(ref);
      if (found == now.set.secrets.end()) return std::nullopt;
      return Origin{found->second.file, found->second.object.meta.resource_version, found->second.held};
    });
  }

  std::optional<model::CertSync> find_sync_with_files(const ObjectRef& ref) {
    return state.with([&](State& now) -> std::optional<model::CertSync> {
      const auto found = now.set.syncs.find(ref);
      if (found == now.set.syncs.end() || !found->second.object.spec.source.files) return std::nullopt;
      return found->second.object;
    });
  }
};

DirectorySource::DirectorySource(DirectoryOptions options, const Clock& clock, const Logger& log, ObjectSink& sink,
                                 std::function<void(std::size_t)> on_error_count)
    : impl_(new Impl{std::move(options), clock, log, sink, std::move(on_error_count)}) {
  std::error_code error;
  const auto whole = fs::absolute(impl_->options.directory, error);
  if (error) return;
  impl_->options.directory = whole.lexically_normal();
  // "manifests/" ends in an empty name, which no later comparison of paths expects.
  if (!impl_->options.directory.has_filename()) impl_->options.directory = impl_->options.directory.parent_path();
}

DirectorySource::~DirectorySource() = default;

void DirectorySource::scan(bool may_delete) {
  impl_->scan_once(may_delete);
}

void DirectorySource::watch(const std::stop_token& stop) {
  DirectoryWatch folders(impl_->log);
  auto result = WatchResult::Changed;
  while (result != WatchResult::Stopped && !stop.stop_requested()) {
    // A folder that is new to the watch may have changed between the reading and the watching.
    for (int round = 0; folders.watch(impl_->scan_once(true)) && round < kMostRescans; ++round) {
    }
    result = folders.wait(impl_->until_next_scan(), stop);
  }
}

void DirectorySource::finish_deletion(const ObjectRef& ref) {
  impl_->state.with([&](State& now) {
    // It may have come back meanwhile: then it is an object like any other.
    if (now.deleting.erase(ref) == 0) return;
    now.set.syncs.erase(ref);
    impl_->remove_sync(now, ref);
  });
  impl_->outbox.deliver(impl_->sink);
}

std::vector<ManifestError> DirectorySource::errors() const {
  return std::as_const(impl_->errors).with([](const auto& all) { return all; });
}

Result<ports::SecretData> DirectorySource::read_secret(const ObjectRef& ref) {
  const auto gone = fail(ErrorKind::Gone, Reason::SecretNotFound, "Secret " + model::to_text(ref) + " is not there");
  if (ref.space.starts_with(kFilesPrefix)) {
    const auto sync = impl_->find_sync_with_files({ref.space.substr(kFilesPrefix.size()), ref.name});
    return sync ? impl_->read_pair(*sync) : gone;
  }
  const auto origin = impl_->find_origin(ref);
  if (!origin) return gone;
  auto text = read_whole_file(origin->file, kLargestManifest);
  if (!text) return tl::unexpected(text.error());
  auto secret = find_secret(*text, ref);
  wipe(*text);
  if (secret && origin->held && secret->meta.meta.resource_version != origin->version) {
    return fail(ErrorKind::Stalled, Reason::SecretInvalid,
                "Secret " + model::to_text(ref) + " changed, but " + origin->file +
                    " cannot be applied: mend the error that the log names");
  }
  return secret;
}

}  // namespace certsync::manifests
