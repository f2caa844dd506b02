#include "cluster/bed.h"

#include <csignal>
#include <filesystem>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/encoding.h"
#include "support/places.h"

namespace cluster {
namespace {

constexpr char kNamespace[] = "netscaler-cert-sync";

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump();
}

// Test names are CamelCase; names of objects are not.
std::string own_name() {
  static int count = 0;
  return "t" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

}  // namespace

std::string Bed::taken_away() const {
  std::string text;
  for (const auto& entry : box_->log().entries()) {
    const bool takes = entry.method == "DELETE" || entry.target.find("action=unlink") != std::string::npos;
    if (takes && entry.target.find("systemfile") == std::string::npos) text += entry.method + " " + entry.target + "\n";
  }
  return text;
}

sim::Options Bed::two_servers() {
  sim::Options options;
  options.vservers = {{"vs_www", "lb", false}, {"vs_shop", "lb", true}};
  return options;
}

Bed::Bed(ControlPlane& plane, const std::string& space)
    : plane_(plane),
      box_(std::make_unique<sim::Simulator>(two_servers())),
      root_(support::Authority::root("Cluster Root")),
      issuer_(root_.intermediate("Cluster CA")),
      space_(space.empty() ? own_name() : space),
      appliance_("edge-" + space_) {
  if (space.empty()) must({"create", "namespace", space_});
  kubeconfig_ = plane_.account_kubeconfig(folder_.path());
}

Bed::~Bed() {
  // Nobody is there any more to take finalizers off.
  const auto names = plane().kubectl(here({"get", "ncs", "-o", "name"})).output;
  std::istringstream lines(names);
  for (std::string name; std::getline(lines, name);) {
    if (name.find('/') == std::string::npos) continue;
    plane().kubectl(here({"patch", name, "--type=merge", "-p", R"({"metadata":{"finalizers":null}})"}));
    plane().kubectl(here({"delete", name, "--ignore-not-found", "--wait=false"}));
  }
  plane().kubectl({"delete", "nsa", appliance_, "--ignore-not-found"});
  // All at once: there may be thousands.
  plane().kubectl({"delete", "--raw", "/api/v1/namespaces/" + space_ + "/secrets"});
  plane().kubectl({"delete", "secret", "-n", kNamespace, appliance_, "--ignore-not-found"});
}

std::vector<std::string> Bed::here(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"-n", space_});
  return arguments;
}

void Bed::apply_appliance(const std::string& spec, const std::string& password) {
  const std::string grants =
      spec.find("grants:") == std::string::npos
          ? "  grants: [{namespaces: {from: Names, names: [" + space_ + "]}, targets: [\"vs_*\"]}]\n"
          : "";
  const std::string timeout = spec.find("requestTimeout:") == std::string::npos ? "  requestTimeout: 5s\n" : "";
  plane().apply("apiVersion: v1\nkind: Secret\nmetadata: {name: " + appliance_ + ", namespace: " + kNamespace +
                "}\ntype: kubernetes.io/basic-auth\nstringData: {username: nsroot, password: " + password + "}\n---\n" +
                "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerAppliance\nmetadata: {name: " + appliance_ +
                "}\nspec:\n  endpoints: [\"" + box_->url() + "\"]\n  credentialsSecretRef: {name: " + appliance_ +
                "}\n  tls: {fingerprints: [\"" + box_->fingerprint() + "\"]}\n" + grants + timeout + spec);
}

std::string Bed::sync_yaml(const std::string& spec, const std::string& name, const std::string& secret) const {
  const std::string source = spec.find("selector:") == std::string::npos ? "  secretRef: {name: " + secret + "}\n" : "";
  const std::string bindings =
      spec.find("bindings:") == std::string::npos ? "  bindings: [{virtualServer: vs_www, role: default}]\n" : "";
  return "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: " + name +
         ", namespace: " + space_ + "}\nspec:\n" + source + "  appliances: [{name: " + appliance_ + "}]\n" + bindings +
         spec;
}

void Bed::apply_sync(const std::string& spec, const std::string& name, const std::string& secret) {
  plane().apply(sync_yaml(spec, name, secret));
}

std::string Bed::leaf_of(const support::Issued& issued) {
  return certsync::sha256_hex(support::certificate_to_der(issued.certificate_pem));
}

std::string Bed::secret_yaml(const std::string& name, const support::Issued& issued, const std::string& labels) const {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name + ", namespace: " + space_ + ", labels: {" + labels +
         "}}\ntype: kubernetes.io/tls\nstringData:\n  tls.crt: " +
         quoted(issued.certificate_pem + issuer_.certificate_pem()) + "\n  tls.key: " + quoted(issued.key_pem) + "\n";
}

std::string Bed::issue(const std::string& secret, const std::string& labels) {
  const auto issued = issuer_.issue({.common_name = "www.example.com", .dns_names = {"www.example.com"}});
  plane().apply(secret_yaml(secret, issued, labels));
  return leaf_of(issued);
}

std::string Bed::ready(const std::string& name) {
  return jsonpath("ncs/" + name,
                  "{.status.conditions[?(@.type=='Ready')].status} "
                  "{.status.conditions[?(@.type=='Ready')].reason}");
}

std::unique_ptr<Child> Bed::start_operator(std::vector<std::string> more) {
  return start_operator_with(kubeconfig_, std::move(more));
}

std::unique_ptr<Child> Bed::start_operator_with(const std::string& kubeconfig, std::vector<std::string> more) {
  std::vector<std::string> arguments = {support::program("certsync"),
                                        "run",
                                        "--kubeconfig",
                                        kubeconfig,
                                        "--namespace",
                                        kNamespace,
                                        "--allow-loopback-probes",
                                        "--metrics-address",
                                        "127.0.0.1:0",
                                        "--health-address",
                                        "127.0.0.1:0"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return std::make_unique<Child>(arguments);
}

std::string Bed::metrics_of(Child& child) {
  const std::string port = child.wait_for("metrics_port=");
  return run({"/usr/bin/curl", "-sS", "http://127.0.0.1:" + std::to_string(std::stoi(port)) + "/metrics"}).output;
}

std::string Bed::probe(Child& child, const std::string& path) {
  const std::string port = child.wait_for("health_port=");
  return run({"/usr/bin/curl", "-sS", "http://127.0.0.1:" + std::to_string(std::stoi(port)) + path}).output;
}

double Bed::metric(Child& child, const std::string& series) {
  const std::string text = "\n" + metrics_of(child);
  const auto at = text.find("\n" + series + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
}

int Bed::stop(std::unique_ptr<Child>& child) {
  child->signal(SIGTERM);
  const int code = child->wait();
  child.reset();
  return code;
}

}  // namespace cluster
