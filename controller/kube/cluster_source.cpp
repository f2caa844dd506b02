#include "kube/cluster_source.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "codec/objects.h"
#include "codec/parts.h"
#include "kube/paths.h"

namespace certsync::kube {
namespace {

using nlohmann::json;

constexpr char kTlsType[] = "kubernetes.io/tls";
constexpr char kTlsOnly[] = "type=kubernetes.io/tls";
// Helm keeps whole releases in Secrets: large, many, and never a certificate.
constexpr char kOtherTypes[] = "type!=kubernetes.io/tls,type!=helm.sh/release.v1";
// A worker waits for it.
constexpr std::chrono::seconds kLiveReadTimeout{5};

void wipe_strings(json& value) {
  if (value.is_string()) return wipe(value.get_ref<std::string&>());
  if (!value.is_structured()) return;
  for (auto& item : value)
    wipe_strings(item);
}

Error refusal(const model::ObjectRef& ref, const ApiError& error) {
  const std::string what = "Secret " + to_text(ref);
  if (error.not_found()) return {ErrorKind::Gone, Reason::SecretNotFound, "there is no " + what};
  if (error.forbidden()) {
    return {ErrorKind::Stalled, Reason::SecretForbidden,
            what + " may not be read: bind the operator's role in that namespace (" + error.message + ")"};
  }
  return {ErrorKind::Retry, Reason::SecretNotFound, what + " cannot be read now: " + to_text(error)};
}

// Without a resourceVersion a GET is answered from etcd, not from the server's own cache.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#the-resourceversion-parameter
Result<std::optional<model::ObjectMeta>> read_meta(Api& api, std::string target, codec::Scope scope,
                                                   std::stop_token stop) {
  Call call;
  call.target = std::move(target);
  call.timeout = kLiveReadTimeout;
  call.tries = 2;
  auto answer = api.call(std::move(call), std::move(stop));
  if (!answer) {
    if (answer.error().not_found()) return std::nullopt;
    return fail(ErrorKind::Retry, Reason::StaleView, to_text(answer.error()));
  }
  codec::Problems ignored;
  const auto object = decode_object(*answer, Keep::Everything);
  auto meta = object ? codec::decode_meta(*object, scope, codec::Dialect::Cluster, ignored)
                     : Result<model::ObjectMeta>(fail(ErrorKind::Retry, Reason::StaleView, "the answer is no object"));
  if (!meta) return fail(ErrorKind::Retry, Reason::StaleView, meta.error().message);
  return std::move(*meta);
}

}  // namespace

/// What one watch has told so far, as far as the whole source is concerned.
class ClusterSource::Handler : public ObjectHandler {
 public:
  explicit Handler(ClusterSource& source) : source_(source) {}
  void listed() override {
    refused_ = false;
    complete_ = true;
    source_.settle();
  }
  void list_failed(const ApiError& error) override {
    refused_ = error.forbidden() || error.not_found();
    if (refused_) source_.settle();
  }
  bool complete() const { return complete_; }
  bool refused() const { return refused_; }

 protected:
  ClusterSource& source() { return source_; }
  Parts& parts() { return source_.parts_; }

 private:
  ClusterSource& source_;
  std::atomic<bool> complete_{false};
  std::atomic<bool> refused_{false};
};

class ClusterSource::SyncHandler final : public Handler {
 public:
  using Handler::Handler;
  void changed(const json& object) override {
    parts().live.saw(kSyncKind, object);
    auto sync = codec::decode_cert_sync(object, codec::Dialect::Cluster);
    if (sync) return source().took(std::move(*sync));
    parts().log.error("a resource cannot be read", {{"kind", kSyncKind}, {"error", sync.error().message}});
  }
  void gone(const model::ObjectRef& ref) override {
    parts().live.gone(kSyncKind, ref);
    {
      std::lock_guard lock(source().mutex_);
      source().sound_syncs_.erase(ref);
      source().held_.erase(ref);
    }
    parts().sink.remove_cert_sync(ref);
  }
};

class ClusterSource::ApplianceHandler final : public Handler {
 public:
  using Handler::Handler;
  void changed(const json& object) override {
    parts().live.saw(kApplianceKind, object);
    auto appliance = codec::decode_appliance(object, codec::Dialect::Cluster);
    if (!appliance) {
      parts().log.error("a resource cannot be read", {{"kind", kApplianceKind}, {"error", appliance.error().message}});
      return;
    }
    {
      std::lock_guard lock(source().mutex_);
      auto& sound = source().sound_appliances_;
      const auto last = sound.find(appliance->meta.ref.name);
      if (appliance->problems.empty()) {
        sound[appliance->meta.ref.name] = *appliance;
      } else if (last != sound.end() && last->second.meta.uid == appliance->meta.uid) {
        appliance->spec = last->second.spec;
      }
    }
    parts().sink.put(std::move(*appliance));
  }
  void gone(const model::ObjectRef& ref) override {
    parts().live.gone(kApplianceKind, ref);
    {
      std::lock_guard lock(source().mutex_);
      source().sound_appliances_.erase(ref.name);
    }
    parts().sink.remove_appliance(ref.name);
  }
};

class ClusterSource::SecretHandler final : public Handler {
 public:
  /// `type`: of all Secrets of this watch; empty where it shows several.
  SecretHandler(ClusterSource& source, std::string type) : Handler(source), type_(std::move(type)) {}
  void metadata_changed(model::ObjectMeta meta) override {
    parts().sink.put(ports::SecretMeta{std::move(meta), type_});
  }
  void gone(const model::ObjectRef& ref) override { parts().sink.remove_secret(ref); }

 private:
  std::string type_;
};

class ClusterSource::NamespaceHandler final : public Handler {
 public:
  using Handler::Handler;
  void metadata_changed(model::ObjectMeta meta) override {
    parts().sink.put_namespace(meta.ref.name, std::move(meta.labels));
  }
  void gone(const model::ObjectRef& ref) override { parts().sink.remove_namespace(ref.name); }
};

struct ClusterSource::Watch {
  std::unique_ptr<Handler> handler;
  std::unique_ptr<Reflector> reflector;
  Need need = Need::NotWaitedFor;
  std::jthread thread;
};

ClusterSource::ClusterSource(ClusterScope scope, Parts parts) : scope_(std::move(scope)), parts_(std::move(parts)) {
  add({kAppliances, collection_path(model::kApiVersion, "", kAppliances)}, std::make_unique<ApplianceHandler>(*this),
      Need::Listed);
  add({"namespaces", collection_path("v1", "", "namespaces"), {}, true}, std::make_unique<NamespaceHandler>(*this),
      Need::ListedOrRefused);
  add({"credentials-secrets",
       collection_path("v1", scope_.own_namespace, "secrets"),
       {{"fieldSelector", kOtherTypes}},
       true},
      std::make_unique<SecretHandler>(*this, ""), Need::NotWaitedFor);
  if (scope_.watch_namespaces.empty()) add_scoped("");
  for (const auto& space : scope_.watch_namespaces)
    add_scoped(space);
}

ClusterSource::~ClusterSource() = default;

void ClusterSource::add_scoped(const std::string& space) {
  // One series each: a namespace of its own is told apart.
  const std::string suffix = space.empty() ? "" : "/" + space;
  const Need need = space.empty() ? Need::Listed : Need::ListedOrRefused;
  add({kSyncs + suffix, collection_path(model::kApiVersion, space, kSyncs)}, std::make_unique<SyncHandler>(*this),
      need);
  add({"tls-secrets" + suffix, collection_path("v1", space, "secrets"), {{"fieldSelector", kTlsOnly}}, true},
      std::make_unique<SecretHandler>(*this, kTlsType), need);
}

void ClusterSource::add(WatchedResource resource, std::unique_ptr<Handler> handler, Need need) {
  auto watch = std::make_unique<Watch>();
  watch->handler = std::move(handler);
  watch->need = need;
  watch->reflector = std::make_unique<Reflector>(std::move(resource), parts_.api, *watch->handler, parts_.recorder,
                                                 parts_.clock, parts_.sleeper, parts_.log, parts_.random, parts_.times);
  watches_.push_back(std::move(watch));
}

void ClusterSource::start(Watch& watch) {
  watch.thread = std::jthread(
      [reflector = watch.reflector.get(), outer = stop_](const std::stop_token&) { reflector->run(outer); });
}

void ClusterSource::run(std::stop_token stop) {
  {
    std::lock_guard lock(mutex_);
    stop_ = stop;
    running_ = true;
    for (auto& watch : watches_)
      start(*watch);
  }
  std::condition_variable_any never;
  std::mutex own;
  std::unique_lock wait(own);
  never.wait(wait, stop, [] { return false; });
  std::vector<std::jthread> threads;
  {
    std::lock_guard lock(mutex_);
    running_ = false;
    for (auto& watch : watches_)
      threads.push_back(std::move(watch->thread));
  }
  // The jthreads join as they go.
}

void ClusterSource::settle() {
  bool settled = true;
  bool complete = true;
  {
    std::lock_guard lock(mutex_);
    for (const auto& watch : watches_) {
      if (watch->need == Need::NotWaitedFor || watch->handler->complete()) continue;
      complete = false;
      settled = settled && watch->need == Need::ListedOrRefused && watch->handler->refused();
    }
  }
  if (settled) parts_.sink.synced(complete);
}

void ClusterSource::took(model::CertSync sync) {
  {
    std::lock_guard lock(mutex_);
    auto& last = sound_syncs_[sync.meta.ref];
    const bool known = last.meta.uid == sync.meta.uid && !last.meta.uid.empty();
    if (sync.problems.empty() && known) {
      // The schema says so too; this is for a server that has an older one.
      const auto changed = codec::immutable_change(last.spec, sync.spec);
      if (!changed.empty()) sync.problems.push_back(changed + ": cannot change; make a new NetScalerCertSync");
    }
    if (sync.problems.empty()) {
      last = sync;
      last.status = {};
    } else if (known) {
      sync.spec = last.spec;
    } else {
      sound_syncs_.erase(sync.meta.ref);
    }
  }
  const bool ready = parts_.finalizers == nullptr || parts_.finalizers->settle(sync);
  {
    std::lock_guard lock(mutex_);
    if (!ready) {
      // Nothing is done for it before the server has taken our finalizer, which comes back as a change.
      held_.insert_or_assign(sync.meta.ref, std::move(sync));
      return;
    }
    held_.erase(sync.meta.ref);
  }
  parts_.sink.put(std::move(sync));
}

void ClusterSource::lead() {
  if (parts_.finalizers == nullptr) return;
  std::vector<model::CertSync> syncs;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [ref, sync] : sound_syncs_)
      syncs.push_back(sync);
    for (const auto& [ref, sync] : held_)
      syncs.push_back(sync);
  }
  for (const auto& sync : syncs)
    parts_.finalizers->settle(sync);
}

bool ClusterSource::in_scope(const std::string& space) const {
  const auto& spaces = scope_.watch_namespaces;
  return spaces.empty() || space == scope_.own_namespace || std::count(spaces.begin(), spaces.end(), space) != 0;
}

void ClusterSource::watch_other_types(const std::string& space) {
  // The operator's own namespace has such a watch already.
  if (space == scope_.own_namespace) return;
  const std::string scope = scope_.watch_namespaces.empty() ? "" : space;
  std::lock_guard lock(mutex_);
  if (!other_types_.insert(scope).second) return;
  add({"other-secrets" + (scope.empty() ? "" : "/" + scope),
       collection_path("v1", scope, "secrets"),
       {{"fieldSelector", kOtherTypes}},
       true},
      std::make_unique<SecretHandler>(*this, ""), Need::NotWaitedFor);
  if (running_) start(*watches_.back());
}

Result<ports::SecretData> ClusterSource::read_secret(const model::ObjectRef& ref) {
  if (!in_scope(ref.space)) {
    return fail(ErrorKind::Stalled, Reason::SecretForbidden,
                "namespace " + ref.space + " is not among --watch-namespaces");
  }
  Call call;
  call.target = object_path("v1", ref, "secrets");
  auto answer = parts_.api.call(std::move(call), {});
  if (!answer) {
    // It may come as one of another type than the watch shows.
    if (answer.error().not_found()) watch_other_types(ref.space);
    return tl::unexpected(refusal(ref, answer.error()));
  }
  auto object = decode_object(*answer, Keep::Everything);
  wipe(*answer);
  if (!object) return fail(ErrorKind::Retry, Reason::SecretNotFound, "Secret " + to_text(ref) + " came as no object");
  auto secret = codec::decode_secret(*object);
  wipe_strings(*object);
  if (secret && secret->meta.type != kTlsType) watch_other_types(ref.space);
  return secret;
}

Result<std::optional<model::ObjectMeta>> ClusterSource::read_sync_meta(const model::ObjectRef& ref,
                                                                       std::stop_token stop) {
  return read_meta(parts_.api, sync_path(ref), codec::Scope::Namespaced, std::move(stop));
}

Result<std::optional<model::ObjectMeta>> ClusterSource::read_appliance_meta(const std::string& name,
                                                                            std::stop_token stop) {
  return read_meta(parts_.api, appliance_path(name), codec::Scope::Cluster, std::move(stop));
}

}  // namespace certsync::kube
