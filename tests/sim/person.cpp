#include "sim/person.h"

#include <utility>

#include "sim/appliance.h"
#include "sim/json.h"
#include "sim/partition.h"

namespace sim {
namespace {

std::string quoted(const std::string& text) {
  return print_compact(Json(text));
}

std::string folder_of(const std::string& partition) {
  Partition named;
  named.name = partition;
  return named.ssl_folder();
}

}  // namespace

Person::Person(Appliance& appliance, std::string partition)
    : appliance_(appliance), partition_(std::move(partition)), folder_(folder_of(partition_)) {}

int Person::ask(const std::string& method, const std::string& target, const std::string& body) {
  return appliance_.person(method, target, body, partition_);
}

void Person::put_file(const std::string& name, const std::string& content) {
  appliance_.put_file(name, content, folder_);
}

bool Person::remove_file(const std::string& name) {
  return appliance_.remove_file(name, folder_);
}

std::optional<std::string> Person::file(const std::string& name) const {
  return appliance_.file(name, folder_);
}

std::string Person::load_body(const std::string& name, const std::string& cert_pem, const std::string& key_pem) {
  put_file(name + ".pem", cert_pem);
  std::string body = R"({"sslcertkey":{"certkey":)" + quoted(name) + R"(,"cert":)" + quoted(name + ".pem");
  if (!key_pem.empty()) {
    put_file(name + ".key", key_pem);
    body += R"(,"key":)" + quoted(name + ".key");
  }
  return body;
}

int Person::add_certkey(const std::string& name, const std::string& cert_pem, const std::string& key_pem) {
  return ask("POST", "sslcertkey", load_body(name, cert_pem, key_pem) + "}}");
}

int Person::update_certkey(const std::string& name, const std::string& cert_pem, const std::string& key_pem) {
  return ask("POST", "sslcertkey?action=update", load_body(name, cert_pem, key_pem) + R"(,"nodomaincheck":true}})");
}

int Person::bind_to(const std::string& resource, const std::string& key, const std::string& owner,
                    const std::string& certkey) {
  return ask("PUT", resource,
             "{" + quoted(resource) + ":{" + quoted(key) + ":" + quoted(owner) + R"(,"certkeyname":)" +
                 quoted(certkey) + "}}");
}

int Person::bind(const std::string& vserver, const std::string& certkey, bool sni) {
  const std::string body = R"({"sslvserver_sslcertkey_binding":{"vservername":)" + quoted(vserver) +
                           R"(,"certkeyname":)" + quoted(certkey) + (sni ? R"(,"snicert":true)" : "") + "}}";
  return ask("PUT", "sslvserver_sslcertkey_binding", body);
}

int Person::set_vserver(const std::string& vserver, const std::map<std::string, std::string>& members) {
  std::string body = R"({"sslvserver":{"vservername":)" + quoted(vserver);
  for (const auto& [name, value] : members) {
    body += "," + quoted(name) + ":" + quoted(value);
  }
  return ask("PUT", "sslvserver", body + "}}");
}

int Person::link(const std::string& certkey, const std::string& issuer) {
  return ask("POST", "sslcertkey?action=link",
             R"({"sslcertkey":{"certkey":)" + quoted(certkey) + R"(,"linkcertkeyname":)" + quoted(issuer) + "}}");
}

int Person::bind_service(const std::string& service, const std::string& certkey) {
  return bind_to("sslservice_sslcertkey_binding", "servicename", service, certkey);
}

int Person::bind_group(const std::string& group, const std::string& certkey) {
  return bind_to("sslservicegroup_sslcertkey_binding", "servicegroupname", group, certkey);
}

int Person::bind_vpn_global(const std::string& certkey) {
  return ask("PUT", "vpnglobal_sslcertkey_binding",
             R"({"vpnglobal_sslcertkey_binding":{"certkeyname":)" + quoted(certkey) + "}}");
}

int Person::use_for_user_data(const std::string& certkey) {
  return ask("PUT", "vpnglobal_sslcertkey_binding",
             R"({"vpnglobal_sslcertkey_binding":{"userdataencryptionkey":)" + quoted(certkey) + "}}");
}

int Person::use_for_adfs_proxy(const std::string& certkey) {
  return ask(
      "POST", "adfsproxyprofile",
      R"({"adfsproxyprofile":{"name":)" + quoted("adfs_" + certkey) + R"(,"certkeyname":)" + quoted(certkey) + "}}");
}

int Person::leave_unsaved_work(const std::string& name) {
  return ask("POST", "lbvserver?idempotent=yes",
             R"({"lbvserver":{"name":)" + quoted(name) + R"(,"servicetype":"HTTP"}})");
}

int Person::save() {
  return ask("POST", "nsconfig?action=save", R"({"nsconfig":{}})");
}

void Person::mark_saved(bool saved) {
  appliance_.mark_saved(saved, partition_);
}

Serving Person::serving(const std::string& vserver) const {
  return appliance_.serving(qualified(partition_, vserver));
}

bool Person::config_changed() const {
  return appliance_.config_changed(partition_);
}

std::string Person::state_text() const {
  return appliance_.state_text(partition_);
}

}  // namespace sim
