// bench_micro: the pure parts one by one; complexities are fitted where they are promised.
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "kube/watch_frames.h"
#include "metrics/prometheus_recorder.h"
#include "model/naming.h"
#include "nitro/wire.h"
#include "pki/intake.h"
#include "pki/private_key.h"
#include "plan/diff.h"
#include "support/test_pki.h"
#include "support/tiny_appliance.h"

namespace {

using namespace certsync;

model::CertificatePtr certificate(const std::string& name, const std::string& issuer, bool is_ca) {
  auto made = std::make_shared<model::Certificate>();
  made->der = name;
  made->sha256 = sha256_hex(name);
  made->serial = model::comparable_serial(made->sha256.substr(0, 32));
  made->subject = "CN=" + name;
  made->issuer = "CN=" + issuer;
  made->common_name = name;
  made->dns_names = {name};
  made->not_after = TimePoint(std::chrono::hours(24 * 365 * 80));
  made->key_type = model::KeyType::Ecdsa;
  made->is_ca = is_ca;
  return made;
}

/// `certkeys` resources on one appliance, one intermediate above all of them.
plan::DesiredInput estate(int certkeys, const std::string& generation) {
  plan::DesiredInput input;
  input.appliance = "edge";
  input.owner.mark = "own";
  input.access.open_to_all = true;
  input.now = TimePoint(std::chrono::hours(24 * 365 * 56));
  const auto intermediate = certificate("Bench CA", "Bench Root", true);
  for (int i = 0; i < certkeys; ++i) {
    const std::string name = "s" + std::to_string(i);
    auto chain = std::make_shared<model::CertificateChain>();
    chain->leaf = certificate(name + "." + generation + ".example.com", "Bench CA", false);
    chain->intermediates = {intermediate};
    chain->key_file_bytes = support::kKeyBytes;
    auto sync = std::make_shared<model::CertSync>();
    sync->meta.ref = {"default", name};
    sync->spec.secret_name = name;
    sync->spec.appliances = {"edge"};
    plan::SyncInput one;
    one.sync = sync;
    one.secrets.push_back({{"default", name}, plan::ChainPtr(chain)});
    input.syncs.push_back(std::move(one));
  }
  return input;
}

/// The appliance once all of that is deployed.
model::ApplianceState deployed(const plan::DesiredInput& input) {
  support::TinyAppliance appliance;
  const auto made = plan::diff(plan::desired(input), appliance.state);
  for (const auto& step : made.steps) {
    if (const auto why = appliance.apply(step); !why.empty()) throw std::runtime_error(why);
  }
  return appliance.state;
}

void desired(benchmark::State& state) {
  const auto input = estate(static_cast<int>(state.range(0)), "old");
  for (auto _ : state)
    benchmark::DoNotOptimize(plan::desired(input));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(desired)->RangeMultiplier(10)->Range(10, 10'000)->Complexity(benchmark::oN)->Unit(benchmark::kMicrosecond);

void diff_of_nothing(benchmark::State& state) {
  const auto input = estate(static_cast<int>(state.range(0)), "old");
  const auto seen = deployed(input);
  const auto wanted = plan::desired(input);
  for (auto _ : state)
    benchmark::DoNotOptimize(plan::diff(wanted, seen));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(diff_of_nothing)
    ->RangeMultiplier(10)
    ->Range(10, 10'000)
    ->Complexity(benchmark::oN)
    ->Unit(benchmark::kMicrosecond);

void diff_of_renewals(benchmark::State& state) {
  const auto count = static_cast<int>(state.range(0));
  const auto seen = deployed(estate(count, "old"));
  const auto wanted = plan::desired(estate(count, "new"));
  for (auto _ : state)
    benchmark::DoNotOptimize(plan::diff(wanted, seen));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(diff_of_renewals)
    ->RangeMultiplier(10)
    ->Range(10, 10'000)
    ->Complexity(benchmark::oN)
    ->Unit(benchmark::kMicrosecond);

struct Pem {
  std::string certificates;
  support::Issued leaf;
};

const Pem& pem() {
  static const Pem kPem = [] {
    const auto root = support::Authority::root("Bench Root");
    const auto intermediate = root.intermediate("Bench CA");
    const auto leaf = intermediate.issue({.common_name = "www.example.com", .dns_names = {"www.example.com"}});
    return Pem{leaf.certificate_pem + intermediate.certificate_pem(), leaf};
  }();
  return kPem;
}

void read_chain(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(pki::read_chain(pem().certificates));
}
BENCHMARK(read_chain)->Unit(benchmark::kMicrosecond);

void read_chain_of_known_issuer(benchmark::State& state) {
  pki::KnownIssuers known;
  const auto first = pki::read_chain(pem().certificates, known);
  for (auto _ : state)
    benchmark::DoNotOptimize(pki::read_chain(pem().certificates, known));
}
BENCHMARK(read_chain_of_known_issuer)->Unit(benchmark::kMicrosecond);

void load_private_key(benchmark::State& state) {
  const auto chain = pki::read_chain(pem().certificates);
  const SecretBytes key(std::string(pem().leaf.key_pem));
  for (auto _ : state)
    benchmark::DoNotOptimize(pki::load_private_key(key, *chain->leaf));
}
BENCHMARK(load_private_key)->Unit(benchmark::kMicrosecond);

/// A Secret of cert-manager as a watch sends it, with what the server adds.
std::string watch_frame(bool metadata_only) {
  nlohmann::json object = {{"apiVersion", "v1"},
                           {"kind", "Secret"},
                           {"metadata",
                            {{"name", "www-tls"},
                             {"namespace", "team-a"},
                             {"uid", "0f4e1f1e-4a51-4b70-a0a7-8f6f4ad0d1a2"},
                             {"resourceVersion", "123456"},
                             {"creationTimestamp", "2026-01-01T00:00:00Z"},
                             {"labels", {{"controller.cert-manager.io/fao", "true"}}},
                             {"annotations",
                              {{"cert-manager.io/alt-names", "www.example.com"},
                               {"cert-manager.io/certificate-name", "www"},
                               {"cert-manager.io/common-name", "www.example.com"},
                               {"cert-manager.io/issuer-kind", "ClusterIssuer"},
                               {"cert-manager.io/issuer-name", "ca"}}},
                             {"managedFields", nlohmann::json::array()}}},
                           {"type", "kubernetes.io/tls"}};
  for (int i = 0; i < 2; ++i)
    object["metadata"]["managedFields"].push_back(
        {{"manager", "cert-manager"}, {"operation", "Apply"}, {"fieldsV1", {{"f:data", {{"f:tls.crt", {}}}}}}});
  if (!metadata_only)
    object["data"] = {{"tls.crt", to_base64(pem().certificates)}, {"tls.key", to_base64(pem().leaf.key_pem)}};
  return nlohmann::json{{"type", "MODIFIED"}, {"object", object}}.dump();
}

void watch_event(benchmark::State& state) {
  const bool metadata_only = state.range(0) != 0;
  const auto frame = watch_frame(metadata_only);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        kube::decode_watch_event(frame, metadata_only ? kube::Keep::Metadata : kube::Keep::Everything));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * frame.size()));
}
BENCHMARK(watch_event)->ArgName("metadata")->Arg(1)->Arg(0)->Unit(benchmark::kMicrosecond);

void certkey_name(benchmark::State& state) {
  const model::ObjectRef secret{"a-namespace-of-some-length", "www-example-com-tls"};
  for (auto _ : state)
    benchmark::DoNotOptimize(model::certkey_name("{{namespace}}_{{secret}}", 31, secret, "www"));
}
BENCHMARK(certkey_name);

/// As an appliance lists certkeys, with the members that we do not read.
std::string listing(int certkeys) {
  nlohmann::json list = nlohmann::json::array();
  for (int i = 0; i < certkeys; ++i) {
    const std::string name = "s" + std::to_string(i);
    const auto mark = sha256_hex(name);
    const std::string file = "cs-own-" + mark.substr(0, 16) + mark.substr(16, 24);
    list.push_back({{"certkey", "default_" + name},
                    {"cert", file + ".pem"},
                    {"key", file + ".key"},
                    {"inform", "PEM"},
                    {"signaturealg", "ecdsa-with-SHA256"},
                    {"certificatetype", {"CLNT_CERT", "SRVR_CERT"}},
                    {"serial", mark.substr(0, 32)},
                    {"issuer", "CN=Bench CA"},
                    {"clientcertnotbefore", "Jan  1 00:00:00 2026 GMT"},
                    {"clientcertnotafter", "Apr  1 00:00:00 2026 GMT"},
                    {"daystoexpiration", 90},
                    {"subject", "CN=" + name + ".example.com"},
                    {"publickey", "id-ecPublicKey"},
                    {"publickeysize", 256},
                    {"version", 3},
                    {"priority", "0"},
                    {"status", "Valid"},
                    {"passcrypt", ""},
                    {"data", "0"},
                    {"servername", name},
                    {"linkcertkeyname", "cs-ca-0123456789abcdef01234567"},
                    {"expirymonitor", "ENABLED"},
                    {"notificationperiod", 30},
                    {"sandns", name + ".example.com"}});
  }
  return nlohmann::json{{"errorcode", 0}, {"message", "Done"}, {"severity", "NONE"}, {"sslcertkey", list}}.dump();
}

void read_certkeys(benchmark::State& state) {
  const auto body = listing(static_cast<int>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(nitro::read_certkeys(body));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(read_certkeys)
    ->RangeMultiplier(10)
    ->Range(10, 10'000)
    ->Complexity(benchmark::oN)
    ->Unit(benchmark::kMicrosecond);

model::CertSync settled_sync(const std::string& name) {
  model::CertSync sync;
  sync.meta.ref = {"a-namespace", name};
  for (const char* type : {"Ready", "Deployed", "Bound", "Verified"})
    sync.status.conditions.push_back(
        {.type = type, .status = model::ConditionStatus::True, .reason = "Deployed", .message = ""});
  sync.status.last_sync_time = TimePoint(std::chrono::hours(1));
  return sync;
}

/// Of so many resources, each with one certificate on one appliance.
void scrape(benchmark::State& state) {
  const auto clock = make_system_clock();
  metrics::PrometheusRecorder recorder({}, *clock);
  const TimePoint end(std::chrono::hours(24 * 90));
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const std::string name = "www-" + std::to_string(i);
    std::vector<ports::CertificateSeries> copies;
    for (const auto copy :
         {ports::CertificateCopy::Source, ports::CertificateCopy::Installed, ports::CertificateCopy::Served})
      copies.push_back(
          {name + "-tls", "edge", "a-namespace_" + name + "-tls", copy, TimePoint{} + std::chrono::hours(1), end});
    recorder.cert_sync(settled_sync(name), copies, {{"edge", "192.0.2.1:443", true}});
  }
  for (auto _ : state)
    benchmark::DoNotOptimize(recorder.text());
  state.SetComplexityN(state.range(0));
}
BENCHMARK(scrape)->RangeMultiplier(10)->Range(10, 10'000)->Complexity(benchmark::oN)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
