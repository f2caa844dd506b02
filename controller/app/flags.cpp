#include "app/flags.h"

#include <type_traits>

#include <CLI/CLI.hpp>

namespace certsync::app {
namespace {

/// Adds an option whose last value counts, with its default in the help.
class Adder {
 public:
  explicit Adder(CLI::App& command) : command_(command) {}
  template <class T>
  CLI::Option* operator()(const char* name, T& target, const char* help) const {
    auto* added = command_.add_option(std::string("--") + name, target, help);
    if constexpr (!std::is_same_v<T, std::vector<std::string>>) added->take_last()->capture_default_str();
    return added;
  }

 private:
  CLI::App& command_;
};

}  // namespace

void add_estate_options(CLI::App& command, EstateOptions& options, Raw& raw) {
  const Adder option(command);
  option("kubeconfig", options.kubeconfig,
         "How to reach the API server; default: $KUBECONFIG, the pod's service account, ~/.kube/config")
      ->type_name("FILE");
  option("context", options.context, "Context of the kubeconfig; default: its current one")->type_name("NAME");
  option("watch-namespaces", raw.watch_namespaces, "Only these namespaces, with commas between; default: all")
      ->type_name("NAMES");
  command.add_flag("--allow-loopback-probes", options.allow_loopback_probes,
                   "Probe endpoints on loopback addresses too (always so with --manifests)");
  option("manifests", options.manifests, "Directory of manifests: the standalone mode, without a cluster")
      ->type_name("DIR");
  option("files-root", options.files_root, "spec.source.files must lie below this directory")->type_name("DIR");
  option("owner-id", options.owner_id,
         "Marks what is ours on the appliances; default: the UID of the namespace kube-system, or with "
         "--manifests derived from /etc/machine-id")
      ->type_name("ID");
  option("former-owner-ids", raw.former_owner_ids,
         "Owner ids of installations that this one has taken the place of, with commas between: what they marked is "
         "ours too")
      ->type_name("IDS");
  option("namespace", options.own_namespace, "The operator's own namespace, where credentials Secrets are")
      ->type_name("NAME");
  option("workers", options.workers, "Appliances worked on at the same time")->check(CLI::Range(1, 64));
  option("log-level", raw.log_level, "How much is logged to stderr; default: info for run, warn for the others")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  option("log-format", raw.log_format, "Lines for people or for machines")->check(CLI::IsMember({"text", "json"}));
  option("config", raw.config, "YAML file with the same names as the flags")->type_name("FILE");
}

void add_run_options(CLI::App& run, RunOptions& options, Raw& raw) {
  const Adder option(run);
  run.add_flag("--leader-elect", options.leader_elect,
               "Write only while holding the Lease netscaler-cert-sync of the operator's namespace; on by default, "
               "--leader-elect=false for a single process");
  option("status-dir", options.status_dir, "Where status is written as YAML")->type_name("DIR");
  run.add_flag("--once", options.once,
               "One converging pass, then exit: 0 all ready or waiting by their own policy, 1 not");
  option("once-timeout", raw.once_timeout, "How long --once retries passing faults")->type_name("DURATION");
  run.add_flag("--read-only", options.read_only, "Plan, probe and report; never write to an appliance");
  option("metrics-address", options.metrics_address, "Where /metrics is served; port 0 takes a free one")
      ->type_name("HOST:PORT");
  option("metrics-tls-cert-file", options.metrics_tls_cert_file,
         "Serve /metrics by TLS with this certificate, PEM; read again when it changes")
      ->type_name("FILE");
  option("metrics-tls-key-file", options.metrics_tls_key_file, "Its private key, PEM, without a password")
      ->type_name("FILE");
  option("metrics-tls-client-ca-file", options.metrics_tls_client_ca_file,
         "Answer only clients that show a certificate of this CA")
      ->type_name("FILE");
  option("health-address", options.health_address, "Where /healthz and /readyz are served; port 0 takes a free one")
      ->type_name("HOST:PORT");
  option("metrics-certkeys", raw.metrics_certkeys, "Which certkeys get an expiry series")
      ->check(CLI::IsMember({"all", "managed"}));
}

void add_lone_options(CLI::App& command, LoneAppliance& lone, Raw& raw) {
  const Adder option(command);
  option("appliance", raw.appliances,
         "https://HOST: this appliance alone, by --username and --password-file, without files or a cluster. Or the "
         "name of a NetScalerAppliance; may be repeated")
      ->type_name("ADDRESS|NAME");
  option("username", lone.username, "Who logs in at --appliance https://…")->type_name("NAME");
  option("password-file", lone.password_file, "File with the password; - reads it from stdin")->type_name("FILE");
  option("fingerprint", lone.fingerprints, "sha256:…, pins its management certificate; may be repeated")
      ->type_name("DIGEST");
  option("ca-file", lone.ca_file, "CA of its management certificate, PEM; default: the system's roots")
      ->type_name("FILE");
  option("server-name", lone.server_name, "Name in its management certificate, where it is not the host's")
      ->type_name("NAME");
  option("partition", lone.partition, "Admin partition")->type_name("NAME");
  command.add_flag("--insecure-skip-verify", lone.insecure_skip_verify,
                   "Check nothing of its certificate: whoever sits between gets the password");
}

void add_inventory_options(CLI::App& inventory, InventoryOptions& options, Raw& raw) {
  const Adder option(inventory);
  option("expiring-within", raw.expiring_within, "Only certkeys that end within this time: 30d, 12h")
      ->type_name("DURATION");
  inventory.add_flag("--unbound", options.filter.unbound, "Only certkeys that are bound nowhere");
  option("managed", raw.managed, "true: only those that an operator made; false: only the others")
      ->check(CLI::IsMember({"true", "false"}));
  option("name", options.filter.name, "Only certkeys with such a name; * and ? stand for anything")->type_name("GLOB");
  inventory.add_flag("--built-in", options.filter.built_in, "Show NetScaler's own certkeys (ns-…) too");
  option("sort", raw.sort, "Order within an appliance")->check(CLI::IsMember({"name", "expiry"}));
  inventory.add_option("-o,--output", raw.output, "How it is shown")
      ->take_last()
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "wide", "json", "csv"}));
  inventory.add_flag("--probe", options.probe,
                     "Ask each endpoint by a TLS handshake what it serves; on by default, --probe=false leaves it out");
}

void add_plan_options(CLI::App& plan, Raw& raw) {
  plan.add_option("-o,--output", raw.plan_output, "How it is shown")
      ->take_last()
      ->capture_default_str()
      ->check(CLI::IsMember({"words", "requests", "json"}));
}

void add_check_options(CLI::App& check, CheckOptions& options, Raw& raw) {
  check.add_flag("--rights", options.rights,
                 "Try what the account may do, with requests that cannot succeed; on by default, --rights=false leaves "
                 "it out");
  check.add_option("-o,--output", raw.check_output, "How it is shown")
      ->take_last()
      ->capture_default_str()
      ->check(CLI::IsMember({"words", "json"}));
}

void add_policy_options(CLI::App& policy, PolicyOptions& options, Raw& raw) {
  const Adder option(policy);
  option("appliance", options.appliances, "Name of a NetScalerAppliance; may be repeated; default: all")
      ->type_name("NAME");
  option("feature", raw.features,
         "One more feature than are in use: ha, services, enable-sni, probing, adoption, saving, or all; may be "
         "repeated")
      ->type_name("NAME");
  policy.add_flag("--alone", options.alone,
                  "Ask no cluster and no files: what --feature names, for the default names of certkeys; needs "
                  "--owner-id");
  option("username", options.username, "Of the account; begins the names of its command policies")->type_name("NAME");
  policy.add_option("-o,--output", raw.policy_output, "CLI lines, NITRO requests, or JSON")
      ->take_last()
      ->capture_default_str()
      ->check(CLI::IsMember({"cli", "nitro", "json"}));
}

}  // namespace certsync::app
