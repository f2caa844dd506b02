#include <memory>
#include <stdexcept>

#include "bench/measurements.h"
#include "bench/rig.h"
#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace bench {
namespace {

using nlohmann::json;

constexpr int kParallel = 4;
constexpr char kEdge[] = "edge";

std::string named(const char* what, int certificates, int delay) {
  std::string text = "burst of " + std::to_string(certificates) + ": " + what;
  return delay == 0 ? text : text + ", answers after " + std::to_string(delay) + " ms";
}

/// The same estate on one appliance, renewed by us and by the bare client that sends what we sent.
class Burst {
 public:
  Burst(const Report& report, Estate& estate, Boxes& boxes) : report_(report), estate_(estate), boxes_(boxes) {
    rig_.add_appliance(kEdge, boxes_[0], kParallel);
    for (int i = 0; i < estate_.size(); ++i)
      rig_.add_sync(i, kEdge, i == 0);
    rig_.complete();
    rig_.pass(kEdge);
    for (int i = 0; i < kParallel; ++i) {
      auto& connection = *bare_.emplace_back(std::make_unique<PlainClient>(boxes_[0].nitro));
      i == 0 ? connection.login(kUser, kPassword) : connection.join_session(bare_.front()->session());
      connections_.push_back(&connection);
    }
  }

  /// Two renewals, there and back, each by us and then by the bare client: so it finds what we found.
  void run(int delay) {
    boxes_.delay(delay);
    const int size = estate_.size();
    const auto before = boxes_.requests(0);
    std::vector<std::vector<PhasedRequest>> sent;
    double us = 0;
    double cpu = 0;
    double allocated = 0;
    for (int turn = 0; turn < 2; ++turn) {
      estate_.renew();
      rig_.put_secrets();
      rig_.recording().start();
      const double cpu_before = cpu_milliseconds();
      const auto allocated_before = allocations();
      const Stopwatch watch;
      rig_.pass(kEdge);
      us += watch.milliseconds() / 2;
      cpu += (cpu_milliseconds() - cpu_before) / 2;
      allocated += static_cast<double>(allocations() - allocated_before) / 2;
      sent.push_back(rig_.recording().stop());
    }
    const auto after = boxes_.requests(0);
    double limit = 0;
    double limit_cpu = 0;
    for (const auto& requests : sent) {
      const double cpu_before = cpu_milliseconds();
      const Stopwatch watch;
      if (const auto refused = replay(connections_, requests); refused != 0)
        throw std::runtime_error(std::to_string(refused) + " of the replayed requests were refused");
      limit += watch.milliseconds() / 2;
      limit_cpu += (cpu_milliseconds() - cpu_before) / 2;
    }
    boxes_.delay(0);
    report_.say({named("wall time", size, delay), "us", "ms", us});
    report_.say({named("wall time", size, delay), "limit", "ms", limit});
    if (delay != 0) return;
    report_.say({named("CPU", size, delay), "us", "ms", cpu});
    report_.say({named("CPU", size, delay), "limit", "ms", limit_cpu});
    report_.say({named("allocations for each certificate", size, delay), "us", "count", allocated / size});
    // A file that was replaced is deleted after the save.
    report_.say(
        {named("writes before clean-up", size, delay), "us", "count", (after.writes - before.writes) / 2 - 2.0 * size});
    report_.say({named("requests", size, delay), "us", "count", (after.all - before.all) / 2});
  }

 private:
  const Report& report_;
  Estate& estate_;
  Boxes& boxes_;
  Rig rig_{estate_};
  std::vector<std::unique_ptr<PlainClient>> bare_;
  std::vector<PlainClient*> connections_;
};

/// The calls of Infisical's NetScaler sync (backend/src/services/pki-sync/netscaler/netscaler-pki-sync-fns.ts), one
/// after the other over one kept connection: login, list, then for each certificate two overwriting uploads, update
/// (add where there is none) and bind; save, logout.
class Naive {
 public:
  Naive(const Estate& estate, const Box& box) : estate_(estate), client_(box.nitro) {}

  std::size_t sync() {
    requests_ = 0;
    client_.join_session("");
    client_.login(kUser, kPassword);
    config("GET", "sslcertkey");
    for (int i = 0; i < estate_.size(); ++i)
      one(i);
    config("POST", "nsconfig?action=save", {{"nsconfig", json::object()}});
    config("POST", "logout", {{"logout", json::object()}});
    return requests_ + 1;
  }

 private:
  void one(int index) {
    const std::string name = "naive-" + std::to_string(index);
    const std::string folder = "/nsconfig/ssl/";
    const auto upload = [&](const std::string& file, const std::string& content) {
      config("POST", "systemfile?override=yes",
             {{"systemfile",
               {{"filename", file},
                {"filecontent", certsync::to_base64(content)},
                {"filelocation", "/nsconfig/ssl"},
                {"fileencoding", "BASE64"}}}});
    };
    upload(name + ".cer", estate_.certificates(index));
    upload(name + ".key", estate_.key());
    json certkey = {{"certkey", name}, {"cert", folder + name + ".cer"}, {"key", folder + name + ".key"}};
    json update = certkey;
    update["nodomaincheck"] = true;
    if (config("POST", "sslcertkey?action=update", {{"sslcertkey", update}}) >= 400) {
      config("POST", "sslcertkey", {{"sslcertkey", certkey}});
    }
    config("PUT", "sslvserver_sslcertkey_binding",
           {{"sslvserver_sslcertkey_binding", {{"vservername", "vs_www"}, {"certkeyname", name}}}});
  }

  int config(const std::string& method, const std::string& resource, const json& body = nullptr) {
    ++requests_;
    return client_.send({method, "/nitro/v1/config/" + resource, body.is_null() ? "" : body.dump()}).status;
  }

  const Estate& estate_;
  PlainClient client_;
  std::size_t requests_ = 0;
};

}  // namespace

void measure_burst(const Report& report, bool quick) {
  const int size = quick ? 10 : 1000;
  for (const int delay : {0, 5}) {
    Boxes boxes(2);
    Estate estate(size);
    Naive naive(estate, boxes[1]);
    naive.sync();
    Burst(report, estate, boxes).run(delay);
    // What is there already would be taken without work.
    estate.renew();
    boxes.delay(delay);
    const Stopwatch watch;
    const auto requests = naive.sync();
    report.say({named("wall time", size, delay), "naive", "ms", watch.milliseconds()});
    if (delay == 0) report.say({named("requests", size, delay), "naive", "count", static_cast<double>(requests)});
  }
}

}  // namespace bench
