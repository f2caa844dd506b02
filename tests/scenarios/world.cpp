#include "scenarios/world.h"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <openssl/x509.h>

#include "base/encoding.h"
#include "manifests/yaml_to_json.h"
#include "model/naming.h"
#include "pki/x509.h"
#include "support/quiet_recorder.h"

namespace scenarios {

using namespace certsync;

namespace {

constexpr int kFirstPort = 10'000;

std::string der_of(const sim::Certificate& certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate.handle.get(), &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(std::max(size, 0)));
  OPENSSL_free(bytes);
  return der;
}

sim::Request to_sim(const http::Request& request) {
  sim::Request out;
  out.method = http::to_text(request.method);
  out.target = request.target;
  for (const auto& [name, value] : request.headers)
    out.headers.push_back({name, value});
  if (!request.content_type.empty()) out.headers.push_back({"Content-Type", request.content_type});
  out.body = request.body.reveal();
  return out;
}

http::Response from_sim(const sim::Response& response) {
  http::Response out;
  out.status = response.status;
  for (const auto& header : response.headers)
    out.headers.emplace_back(header.name, header.value);
  out.body = response.body;
  return out;
}

class InstantSleeper final : public Sleeper {
 public:
  explicit InstantSleeper(support::ManualClock& clock) : clock_(clock) {}
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) override {
    clock_.advance(duration);
    return !stop.stop_requested();
  }

 private:
  support::ManualClock& clock_;
};

class EventList final : public ports::EventSink {
 public:
  explicit EventList(std::string& text) : text_(text) {}
  void record(const ports::Event& event) override {
    text_ += event.reason + " " + to_text(event.regarding) + ": " + event.note + "\n";
  }

 private:
  std::string& text_;
};

}  // namespace

class ServingProber final : public ports::Prober {
 public:
  explicit ServingProber(const World& world) : world_(world) {}
  ports::ProbeResult probe(const ports::ProbeTarget& target, std::stop_token) override { return world_.probe(target); }

 private:
  const World& world_;
};

class InProcessTransport final : public http::Transport {
 public:
  InProcessTransport(World& world, const std::string& url) : world_(world), box_(url.substr(url.find("//") + 2)) {}

  tl::expected<http::Response, http::Failure> send(http::Request request, std::stop_token) override {
    if (!world_.has_box(box_) || world_.box(box_).down) {
      return tl::unexpected(http::Failure{http::FailureKind::Unreachable, "connection refused by " + box_, false});
    }
    if (world_.die_soon_) throw Killed{};
    Box& box = world_.box(box_);
    const sim::Request wire = to_sim(request);
    if (world_.on_request) world_.on_request(wire);
    const bool write = sim::is_mutating(wire);
    const bool last = write && world_.kill_at_ && ++world_.writes_ == world_.kill_at_->first;
    if (write && !world_.kill_at_) ++world_.writes_;
    if (last && world_.kill_at_->second == KillMoment::Before) throw Killed{};
    sim::Exchange exchange = sim::serve(wire, *box.appliance, box.faults, box.log);
    world_.after_request(box);
    if (last && world_.kill_at_->second == KillMoment::AfterApplied) throw Killed{};
    if (last) world_.die_soon_ = true;
    world_.clock_.advance(exchange.delay);
    return deliver(std::move(exchange), request.timeout);
  }

  tl::expected<http::Response, http::Failure> stream(http::Request, std::chrono::milliseconds, http::BodyReader&,
                                                     std::stop_token) override {
    return tl::unexpected(http::Failure{http::FailureKind::Unreachable, "no streams here", false});
  }

 private:
  tl::expected<http::Response, http::Failure> deliver(sim::Exchange exchange, std::chrono::milliseconds timeout) {
    using sim::Delivery;
    switch (exchange.delivery) {
      case Delivery::Normal:
        return from_sim(exchange.response);
      case Delivery::Huge:
        return tl::unexpected(http::Failure{http::FailureKind::TooLarge, "the answer is longer than allowed", true});
      case Delivery::Hang:
      case Delivery::Drip:
        world_.clock_.advance(timeout);
        return tl::unexpected(http::Failure{http::FailureKind::Timeout, "no complete answer in time", true});
      case Delivery::ResetBefore:
      case Delivery::ResetAfter:
      case Delivery::HalfBody:
        break;
    }
    return tl::unexpected(http::Failure{http::FailureKind::Lost, "the connection broke", true});
  }

  World& world_;
  std::string box_;
};

class World::Live final : public ports::LiveReader {
 public:
  Live(World& world, engine::Store& store) : world_(world), store_(store) {}
  Result<std::optional<model::ObjectMeta>> read_sync_meta(const model::ObjectRef& ref, std::stop_token) override {
    if (world_.live) return world_.live(ref);
    return meta_of(store_.cert_sync(ref));
  }
  Result<std::optional<model::ObjectMeta>> read_appliance_meta(const std::string& name, std::stop_token) override {
    return meta_of(store_.appliance(name));
  }

 private:
  template <class Pointer>
  static std::optional<model::ObjectMeta> meta_of(const Pointer& object) {
    return object == nullptr ? std::nullopt : std::optional(object->meta);
  }

  World& world_;
  engine::Store& store_;
};

struct World::Operator {
  Logger log;
  InstantSleeper sleeper;
  support::QuietRecorder recorder;
  EventList event_list;
  std::unique_ptr<manifests::FileStatus> status;
  engine::Store store;
  manifests::DirectorySource source;
  engine::SecretCache secrets;
  nitro::NitroFactory factory;
  ServingProber prober;
  engine::EventGate events;
  ports::AlwaysOpen gate;
  Live live;
  engine::StatusBoard board;
  engine::Reconciler reconciler;

  Operator(World& world, const std::string& owner)
      : log(LogLevel::Debug, LogFormat::Text,
            [&world](std::string_view line) { world.log_text_ += std::string(line) + "\n"; }),
        sleeper(world.clock_),
        event_list(world.events_),
        status(std::move(*manifests::FileStatus::open(world.folder_ / "status"))),
        store({"default"}, world.clock_),
        source({world.folder_ / "manifests", {}, world.folder_ / "status", std::chrono::seconds(30)}, world.clock_, log,
               store, [](std::size_t) {}),
        secrets(source, world.clock_),
        factory(
            {"default"}, source,
            [&world](http::TransportOptions options) {
              return std::make_unique<InProcessTransport>(world, options.base_url);
            },
            world.clock_, sleeper, log, recorder),
        prober(world),
        events(event_list, world.clock_),
        live(world, store),
        board(store, *status, events, recorder, world.clock_, log,
              {[this](const model::ObjectRef& ref) { source.finish_deletion(ref); },
               [this](const model::ObjectRef& ref) { status->remove_cert_sync(ref); },
               [this](const std::string& name) { status->remove_appliance(name); }}),
        reconciler({{model::owner_mark(owner), world.former_owners_}, false},
                   {store, secrets, factory, prober, board, events, gate, recorder, world.clock_, sleeper, log,
                    world.entropy_, &live}) {
    store.listen({[](const std::string&) {}, [this](const model::ObjectRef& sync) { board.refresh(sync); }});
  }
};

World::World(const std::string& owner) : owner_(owner) {
  std::filesystem::create_directories(folder_ / "manifests");
}

World::~World() = default;

Box& World::box(const std::string& name) {
  const auto pair = pairs_.find(name);
  if (pair == pairs_.end()) return *boxes_.at(name);
  Box& first = *boxes_.at(name + "-a");
  return first.appliance->is_primary() ? first : *boxes_.at(name + "-b");
}

void World::add_box(const std::string& name, const std::vector<sim::VserverOptions>& vservers, sim::Options options) {
  auto box = std::make_unique<Box>();
  box->name = name;
  options.vservers = vservers;
  box->appliance = std::make_unique<sim::Appliance>(options, &clock_);
  boxes_[name] = std::move(box);
  set_endpoints();
}

void World::add_pair(const std::string& name, const std::vector<sim::VserverOptions>& vservers, sim::Options options) {
  options.vservers = vservers;
  const auto group = std::make_shared<sim::HaGroup>(options.ha);
  pairs_[name] = group;
  for (const char* node : {"-a", "-b"}) {
    auto box = std::make_unique<Box>();
    box->name = name + node;
    options.host = node[1] == 'a' ? "192.0.2.1" : "192.0.2.2";
    box->appliance = std::make_unique<sim::Appliance>(options, &clock_, group);
    boxes_[box->name] = std::move(box);
  }
  set_endpoints();
}

// Virtual servers of a pair have one address, whichever node they are on.
void World::set_endpoints() {
  endpoints_.clear();
  std::map<std::string, int> ports;
  int next = kFirstPort;
  for (const auto& [name, box] : boxes_) {
    const auto pair = name.size() > 2 && pairs_.count(name.substr(0, name.size() - 2)) != 0;
    const std::string owner = pair ? name.substr(0, name.size() - 2) : name;
    for (const auto& vserver : box->appliance->ssl_vservers()) {
      const auto [port, fresh] = ports.try_emplace(owner + "/" + vserver, next);
      if (fresh) ++next;
      box->appliance->set_endpoint(vserver, "10.0.0.1", port->second);
      endpoints_["10.0.0.1:" + std::to_string(port->second)] = port->first;
    }
  }
}

ports::ProbeResult World::probe(const ports::ProbeTarget& target) const {
  ports::ProbeResult result;
  const auto found = endpoints_.find(target.address);
  const auto slash = found == endpoints_.end() ? 0 : found->second.find('/');
  const std::string owner = found == endpoints_.end() ? "" : found->second.substr(0, slash);
  const std::string vserver = found == endpoints_.end() ? "" : found->second.substr(slash + 1);
  if (owner.empty() || box(owner).dark.count(vserver) != 0) {
    result.failure = "connection refused";
    return result;
  }
  const auto& stubborn = box(owner).stubborn;
  const auto stuck = stubborn.find(vserver);
  const auto shown =
      stuck != stubborn.end() ? stuck->second : served(owner, vserver, target.server_name, target.key_type);
  if (shown.empty()) {
    result.failure = "the TLS handshake failed";
    return result;
  }
  result.reached = true;
  for (const auto& der : shown) {
    const auto certificate = pki::read_first_certificate(der);
    result.chain_sha256.push_back((*certificate)->sha256);
    if (result.chain_sha256.size() > 1) continue;
    result.leaf_not_before = (*certificate)->not_before;
    result.leaf_not_after = (*certificate)->not_after;
  }
  return result;
}

void World::write_appliance(const std::string& name, const std::string& more_spec) {
  write_appliance(name, std::vector<std::string>{name}, more_spec);
}

void World::write_appliance(const std::string& name, const std::vector<std::string>& at, const std::string& more_spec) {
  std::string endpoints;
  for (const auto& box : at)
    endpoints += (endpoints.empty() ? "" : ", ") + ("\"https://" + box) + "\"";
  write("appliance-" + name + ".yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: nitro-" + name +
            "}\ntype: kubernetes.io/basic-auth\nstringData: {username: " + account_ +
            ", password: nsroot-password}\n---\n"
            "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerAppliance\nmetadata: {name: " +
            name + "}\nspec:\n  endpoints: [" + endpoints + "]\n  credentialsSecretRef: {name: nitro-" + name + "}\n" +
            more_spec);
}

void World::limit(Rights rights) {
  rights_ = std::move(rights);
  account_ = "robot";
}

void World::give_rights() {
  for (const auto& name : operator_->store.appliance_names()) {
    const auto patterns = rights_(operator_->store, name, {certsync::model::owner_mark(owner_), former_owners_});
    for (const auto& endpoint : operator_->store.appliance(name)->spec.endpoints) {
      const auto where = endpoint.substr(endpoint.find("//") + 2);
      for (const std::string& box : {where, where + "-a", where + "-b"})
        if (boxes_.count(box) != 0) allowed_[box].insert(patterns.begin(), patterns.end());
    }
  }
  for (const auto& [box, allowed] : allowed_)
    boxes_.at(box)->appliance->add_user(account_, "nsroot-password", {allowed.begin(), allowed.end()});
}

void World::start() {
  operator_ = std::make_unique<Operator>(*this, owner_);
}

void World::kill() {
  die_soon_ = false;
  kill_at_.reset();
  operator_.reset();
}

void World::stop() {
  operator_->reconciler.shut_down();
  operator_.reset();
}

std::map<std::string, engine::PassResult> World::pass(bool may_delete) {
  operator_->source.scan(may_delete);
  if (rights_) give_rights();
  std::map<std::string, engine::PassResult> results;
  std::vector<std::string> names = operator_->store.appliance_names();
  for (const auto& name : names) {
    results[name] = operator_->reconciler.reconcile(name, [] { return false; }, {});
    if (die_soon_) throw Killed{};
  }
  return results;
}

void World::scan() {
  operator_->source.scan(true);
}

bool World::settle(int most_passes) {
  for (int i = 0; i < most_passes; ++i) {
    bool open = false;
    for (const auto& [name, result] : pass()) {
      open = open || result.failed || (!result.settled && !result.stalled && !result.waiting);
    }
    if (!open) return true;
    clock_.advance(std::chrono::seconds(61));  // longer than any ration of logins
  }
  return false;
}

void World::kill_at_write(int number, KillMoment moment) {
  writes_ = 0;
  kill_at_ = {number, moment};
}

void World::after_request(Box& box) {
  if (!box.appliance->is_primary()) return;
  for (const auto& vserver : box.appliance->ssl_vservers()) {
    const auto serving = box.appliance->serving(vserver);
    const bool shows =
        std::any_of(serving.certkeys.begin(), serving.certkeys.end(), [](const auto& one) { return !one.sni; });
    auto& must = box.must_serve[vserver];
    if (must && !shows) outages_ += box.name + "/" + vserver + " stopped showing a certificate\n";
    must = shows;
  }
}

std::string World::status_text(const std::string& kind, const std::string& object) const {
  return folder_.read("status/" + kind + "/" + object + ".yaml");
}

namespace {

nlohmann::json find_condition(const std::string& text, const std::string& type) {
  const auto documents = manifests::yaml_to_json(text);
  if (documents.empty() || !documents.front().value.is_object()) return {};
  const auto& object = documents.front().value;
  for (const auto& condition : object.value("/status/conditions"_json_pointer, nlohmann::json::array())) {
    if (condition.value("type", "") == type) return condition;
  }
  return {};
}

}  // namespace

std::string World::condition(const std::string& kind, const std::string& object, const std::string& type) const {
  const auto found = find_condition(status_text(kind, object), type);
  return found.is_object() ? found.value("status", "") + " " + found.value("reason", "") : "absent";
}

std::string World::message(const std::string& kind, const std::string& object, const std::string& type) const {
  const auto found = find_condition(status_text(kind, object), type);
  return found.is_object() ? found.value("message", "") : "";
}

std::string World::take_events() {
  return std::exchange(events_, "");
}

std::vector<std::string> World::served(const std::string& box, const std::string& vserver,
                                       const std::string& server_name, model::KeyType key_type) const {
  const auto serving = this->box(box).appliance->serving(vserver);
  const sim::Served* choice = nullptr;
  for (const auto& one : serving.certkeys) {
    const auto leaf = pki::read_first_certificate(der_of(*one.certificate));
    const bool type_fits = (*leaf)->key_type == key_type;
    const bool named =
        one.sni && serving.sni_enabled && !server_name.empty() &&
        ((*leaf)->common_name == server_name ||
         std::count((*leaf)->dns_names.begin(), (*leaf)->dns_names.end(), server_name) != 0 ||
         ((*leaf)->common_name.starts_with("*.") && server_name.ends_with((*leaf)->common_name.substr(1))));
    if (named && type_fits) {
      choice = &one;
      break;
    }
    if (!one.sni && type_fits) choice = &one;
  }
  if (choice == nullptr) return {};
  std::vector<std::string> chain = {der_of(*choice->certificate)};
  for (const auto& certificate : choice->chain)
    chain.push_back(der_of(*certificate));
  return chain;
}

}  // namespace scenarios
