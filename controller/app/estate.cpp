#include "app/estate.h"

#include <atomic>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <thread>

#include "app/environment.h"
#include "app/owner.h"
#include "app/version.h"
#include "base/encoding.h"
#include "base/file.h"
#include "http/transport.h"
#include "kube/api_client.h"
#include "kube/cluster_source.h"
#include "kube/credentials.h"
#include "kube/live_objects.h"
#include "kube/owner_id.h"
#include "manifests/directory_source.h"

namespace certsync::app {
namespace {

constexpr std::size_t kLargestFile = 1u << 20;
constexpr std::chrono::milliseconds kBetweenLooks{20};
constexpr std::chrono::seconds kClusterPatience{60};
constexpr char kLoneSecret[] = "credentials";

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

// --- files ----------------------------------------------------------------------------------------------------------

class ManifestEstate final : public Estate {
 public:
  ManifestEstate(const EstateOptions& options, const Tools& tools)
      : options_(options),
        store_(credentials_namespaces(), tools.clock),
        source_(directory(options), tools.clock, tools.log, store_, [this](std::size_t count) { unusable_ = count; }) {
    source_.scan(false);
  }
  engine::Store& store() override { return store_; }
  ports::SecretReader& secrets() override { return source_; }
  std::vector<std::string> credentials_namespaces() const override {
    return {own_namespace(options_.own_namespace), "default"};
  }
  std::optional<std::string> owner_id() const override {
    return options_.owner_id.empty() ? machine_owner_id() : given(options_.owner_id);
  }
  probe::ProbeLimits probe_limits() const override { return {true, {}}; }
  std::size_t unusable() const override { return unusable_; }

 private:
  static manifests::DirectoryOptions directory(const EstateOptions& options) {
    manifests::DirectoryOptions directory;
    directory.directory = options.manifests;
    if (!options.files_root.empty()) directory.files_root = options.files_root;
    return directory;
  }

  EstateOptions options_;
  std::size_t unusable_ = 0;
  engine::Store store_;
  manifests::DirectorySource source_;
};

// --- a cluster ------------------------------------------------------------------------------------------------------

class ClusterEstate final : public Estate {
 public:
  ClusterEstate(const EstateOptions& options, const Tools& tools, kube::ClusterAccess access)
      : options_(options),
        namespace_(own_namespace(options.own_namespace)),
        tools_(tools),
        store_({namespace_}, tools.clock),
        credentials_(kube::make_credentials(std::move(access), tools.clock, tools.log, nullptr)),
        api_(*credentials_, http::make_cpprest_transport, "certsync/" + version(), tools.clock, tools.sleeper,
             tools.recorder),
        source_({namespace_, options.watch_namespaces}, {api_, store_, live_, nullptr, tools.recorder, tools.clock,
                                                         tools.sleeper, tools.log, [] { return 0.5; }}) {}

  /// Fills the store, once.
  Result<void> read() {
    std::jthread mirror([this](std::stop_token stop) { source_.run(std::move(stop)); });
    const auto end = tools_.clock.steady() + kClusterPatience;
    while (!store_.has_synced()) {
      if (tools_.clock.steady() > end)
        return fail(ErrorKind::Retry, Reason::NitroError, "the API server has not told everything within 60 s");
      tools_.sleeper.sleep(kBetweenLooks, {});
    }
    if (options_.owner_id.empty()) {
      auto found = kube::cluster_owner_id(api_, {});
      if (!found) return tl::unexpected(found.error());
      owner_id_ = *found;
    } else {
      owner_id_ = options_.owner_id;
    }
    return {};
  }

  engine::Store& store() override { return store_; }
  ports::SecretReader& secrets() override { return source_; }
  std::vector<std::string> credentials_namespaces() const override { return {namespace_}; }
  std::optional<std::string> owner_id() const override { return owner_id_; }
  probe::ProbeLimits probe_limits() const override { return {options_.allow_loopback_probes, {}}; }

 private:
  EstateOptions options_;
  std::string namespace_;
  std::string owner_id_;
  Tools tools_;
  engine::Store store_;
  kube::LiveObjects live_;
  std::unique_ptr<kube::Credentials> credentials_;
  kube::ApiClient api_;
  kube::ClusterSource source_;
};

// --- an address alone -----------------------------------------------------------------------------------------------

class LoneEstate final : public Estate, public ports::SecretReader {
 public:
  LoneEstate(const EstateOptions& options, const LoneAppliance& lone, std::string ca_bundle, SecretBytes password,
             const Tools& tools)
      : options_(options), username_(lone.username), password_(std::move(password)), store_({""}, tools.clock) {
    model::Appliance appliance;
    const auto host = lone.address.substr(std::string_view("https://").size());
    appliance.meta.ref = {"", host.substr(0, host.find('/'))};
    appliance.spec.endpoints = {lone.address};
    appliance.spec.credentials_secret = kLoneSecret;
    appliance.spec.tls = {std::move(ca_bundle), lone.server_name, lone.fingerprints, lone.insecure_skip_verify};
    appliance.spec.partition = lone.partition;
    store_.put(std::move(appliance));
    store_.synced(true);
  }
  engine::Store& store() override { return store_; }
  ports::SecretReader& secrets() override { return *this; }
  std::vector<std::string> credentials_namespaces() const override { return {""}; }
  std::optional<std::string> owner_id() const override { return given(options_.owner_id); }
  probe::ProbeLimits probe_limits() const override { return {options_.allow_loopback_probes, {}}; }

  Result<ports::SecretData> read_secret(const model::ObjectRef& ref) override {
    if (ref.name != kLoneSecret) return fail(ErrorKind::Gone, Reason::SecretNotFound, "there are no Secrets");
    ports::SecretData secret;
    secret.meta.meta.ref = ref;
    secret.meta.meta.resource_version = "1";
    secret.meta.type = "kubernetes.io/basic-auth";
    secret.data["username"] = SecretBytes(std::string(username_));
    secret.data["password"] = password_.clone();
    return secret;
  }

 private:
  EstateOptions options_;
  std::string username_;
  SecretBytes password_;
  engine::Store store_;
};

Result<SecretBytes> read_password(const std::string& file) {
  if (file == "-") {
    std::string line;
    std::getline(std::cin, line);
    return SecretBytes(std::move(line));
  }
  auto content = read_whole_file(file, kLargestFile);
  if (!content) return tl::unexpected(content.error());
  SecretBytes password{std::string(trim(*content))};
  wipe(*content);
  return password;
}

Result<std::unique_ptr<Estate>> open_lone(const EstateOptions& options, const LoneAppliance& lone, const Tools& tools) {
  auto password = read_password(lone.password_file);
  if (!password) return tl::unexpected(password.error());
  std::string bundle;
  if (!lone.ca_file.empty()) {
    auto content = read_whole_file(lone.ca_file, kLargestFile);
    if (!content) return tl::unexpected(content.error());
    bundle = std::move(*content);
  }
  return std::make_unique<LoneEstate>(options, lone, std::move(bundle), std::move(*password), tools);
}

}  // namespace

Result<std::unique_ptr<Estate>> open_estate(const EstateOptions& options, const LoneAppliance& lone,
                                            const Tools& tools) {
  if (!lone.address.empty()) return open_lone(options, lone, tools);
  if (!options.manifests.empty()) {
    if (!std::filesystem::is_directory(options.manifests))
      return fail(ErrorKind::Stalled, Reason::SpecInvalid, "--manifests " + options.manifests + ": no such directory");
    return std::make_unique<ManifestEstate>(options, tools);
  }
  auto access =
      kube::find_cluster_access({options.kubeconfig, options.context}, environment, kube::kServiceAccountFolder);
  if (!access) return tl::unexpected(access.error());
  auto cluster = std::make_unique<ClusterEstate>(options, tools, std::move(*access));
  if (auto read = cluster->read(); !read) return tl::unexpected(read.error());
  return std::unique_ptr<Estate>(std::move(cluster));
}

Result<std::vector<engine::AppliancePtr>> chosen_appliances(const engine::Store& store,
                                                            const std::vector<std::string>& names) {
  std::vector<engine::AppliancePtr> appliances;
  for (const auto& name : names.empty() ? store.appliance_names() : names) {
    appliances.push_back(store.appliance(name));
    if (appliances.back() == nullptr)
      return fail(ErrorKind::Stalled, Reason::ApplianceNotFound, "there is no NetScalerAppliance " + name);
  }
  return appliances;
}

int refuse(const Error& error) {
  std::cerr << "certsync: " << error.message << "\n";
  return error.kind == ErrorKind::Retry ? 1 : kBadUsage;
}

}  // namespace certsync::app
