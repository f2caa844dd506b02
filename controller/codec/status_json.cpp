#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "codec/objects.h"

namespace certsync::codec {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// A status is our own writing, yet it comes back from a file or a server: what does not fit is left out.
const json* member(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? &*found : nullptr;
}

void get(const json& object, const char* name, std::string& out) {
  const json* value = member(object, name);
  if (value != nullptr && value->is_string()) out = value->get<std::string>();
}

void get(const json& object, const char* name, bool& out) {
  const json* value = member(object, name);
  if (value != nullptr && value->is_boolean()) out = value->get<bool>();
}

void get(const json& object, const char* name, std::int64_t& out) {
  const json* value = member(object, name);
  if (value != nullptr && value->is_number_integer()) out = value->get<std::int64_t>();
}

void get(const json& object, const char* name, std::size_t& out) {
  const json* value = member(object, name);
  if (value != nullptr && value->is_number_integer() && *value >= 0) out = value->get<std::size_t>();
}

void get(const json& object, const char* name, std::vector<std::string>& out) {
  const json* value = member(object, name);
  if (value == nullptr || !value->is_array()) return;
  for (const auto& item : *value) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
}

void get(const json& object, const char* name, std::optional<TimePoint>& out) {
  std::string text;
  get(object, name, text);
  if (!text.empty()) out = from_rfc3339(text);
}

void get(const json& object, const char* name, TimePoint& out) {
  std::optional<TimePoint> time;
  get(object, name, time);
  if (time) out = *time;
}

template <class T, class F>
void get_each(const json& object, const char* name, std::vector<T>& out, F read) {
  const json* value = member(object, name);
  if (value == nullptr || !value->is_array()) return;
  for (const auto& item : *value) {
    if (item.is_object()) read(item, out.emplace_back());
  }
}

void put(ordered_json& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

void put(ordered_json& object, const char* name, const std::vector<std::string>& value) {
  if (!value.empty()) object[name] = value;
}

void put(ordered_json& object, const char* name, const std::optional<TimePoint>& value) {
  if (value) object[name] = to_rfc3339(*value);
}

void put(ordered_json& object, const char* name, std::size_t value) {
  if (value > 0) object[name] = value;
}

ordered_json encode(const model::Condition& condition) {
  ordered_json out;
  out["type"] = condition.type;
  out["status"] = to_text(condition.status);
  put(out, "reason", condition.reason);
  // Both are required by metav1.Condition, also when empty.
  out["message"] = condition.message;
  out["lastTransitionTime"] = to_rfc3339(condition.last_transition);
  out["observedGeneration"] = condition.observed_generation;
  return out;
}

void decode(const json& item, model::Condition& out) {
  std::string status;
  get(item, "type", out.type);
  get(item, "status", status);
  for (auto known : {model::ConditionStatus::True, model::ConditionStatus::False, model::ConditionStatus::Unknown}) {
    if (status == to_text(known)) out.status = known;
  }
  get(item, "reason", out.reason);
  get(item, "message", out.message);
  get(item, "lastTransitionTime", out.last_transition);
  get(item, "observedGeneration", out.observed_generation);
}

ordered_json encode(const model::CertificateStatus& certificate) {
  ordered_json out;
  put(out, "secretName", certificate.secret_name);
  put(out, "certKey", certificate.certkey);
  put(out, "serial", certificate.serial);
  put(out, "sha256", certificate.sha256);
  out["notBefore"] = to_rfc3339(certificate.not_before);
  out["notAfter"] = to_rfc3339(certificate.not_after);
  put(out, "dnsNames", certificate.dns_names);
  put(out, "dnsNamesTotal", certificate.dns_names_total);
  return out;
}

void decode(const json& item, model::CertificateStatus& out) {
  get(item, "secretName", out.secret_name);
  get(item, "certKey", out.certkey);
  get(item, "serial", out.serial);
  get(item, "sha256", out.sha256);
  get(item, "notBefore", out.not_before);
  get(item, "notAfter", out.not_after);
  get(item, "dnsNames", out.dns_names);
  get(item, "dnsNamesTotal", out.dns_names_total);
}

ordered_json encode(const model::ApplianceTargetStatus& target) {
  ordered_json out;
  out["name"] = target.name;
  out["ready"] = target.ready;
  put(out, "reason", target.reason);
  put(out, "message", target.message);
  put(out, "certKeys", target.certkeys);
  put(out, "lastSyncTime", target.last_sync_time);
  put(out, "lastVerifyTime", target.last_verify_time);
  return out;
}

void decode(const json& item, model::ApplianceTargetStatus& out) {
  get(item, "name", out.name);
  get(item, "ready", out.ready);
  get(item, "reason", out.reason);
  get(item, "message", out.message);
  get(item, "certKeys", out.certkeys);
  get(item, "lastSyncTime", out.last_sync_time);
  get(item, "lastVerifyTime", out.last_verify_time);
}

template <class T>
void put_each(ordered_json& object, const char* name, const std::vector<T>& values) {
  for (const auto& value : values)
    object[name].push_back(encode(value));
}

}  // namespace

ordered_json encode_status(const model::CertSyncStatus& status) {
  ordered_json out;
  out["observedGeneration"] = status.observed_generation;
  put_each(out, "conditions", status.conditions);
  put_each(out, "certificates", status.certificates);
  put(out, "certificatesTotal", status.certificates_total);
  put_each(out, "appliances", status.appliances);
  put(out, "appliancesTotal", status.appliances_total);
  put(out, "targets", status.targets);
  put(out, "boundTo", status.bound_to);
  put(out, "nextWindow", status.next_window);
  put(out, "lastSyncTime", status.last_sync_time);
  put(out, "lastHandledSyncRequest", status.last_handled_sync_request);
  put(out, "lastHandledDeployNow", status.last_handled_deploy_now);
  put(out, "plan", status.plan);
  return out;
}

ordered_json encode_status(const model::ApplianceStatus& status) {
  ordered_json out;
  out["observedGeneration"] = status.observed_generation;
  put_each(out, "conditions", status.conditions);
  put(out, "primaryEndpoint", status.primary_endpoint);
  put(out, "version", status.version);
  put(out, "haState", status.ha_state);
  // Once the appliance was read, 0 is a fact.
  if (status.last_sync_time || status.certkeys > 0 || status.managed_certkeys > 0) {
    out["certKeys"] = status.certkeys;
    out["managedCertKeys"] = status.managed_certkeys;
  }
  if (status.next_expiry) {
    out["nextExpiry"]["certKey"] = status.next_expiry->certkey;
    out["nextExpiry"]["notAfter"] = to_rfc3339(status.next_expiry->not_after);
  }
  put(out, "lastSyncTime", status.last_sync_time);
  put(out, "lastSaveTime", status.last_save_time);
  return out;
}

model::CertSyncStatus decode_cert_sync_status(const json& status) {
  const auto read = [](const json& item, auto& out) { decode(item, out); };
  model::CertSyncStatus out;
  get(status, "observedGeneration", out.observed_generation);
  get_each(status, "conditions", out.conditions, read);
  get_each(status, "certificates", out.certificates, read);
  get(status, "certificatesTotal", out.certificates_total);
  get_each(status, "appliances", out.appliances, read);
  get(status, "appliancesTotal", out.appliances_total);
  get(status, "targets", out.targets);
  get(status, "boundTo", out.bound_to);
  get(status, "lastSyncTime", out.last_sync_time);
  get(status, "nextWindow", out.next_window);
  get(status, "lastHandledSyncRequest", out.last_handled_sync_request);
  get(status, "lastHandledDeployNow", out.last_handled_deploy_now);
  get(status, "plan", out.plan);
  return out;
}

model::ApplianceStatus decode_appliance_status(const json& status) {
  model::ApplianceStatus out;
  get(status, "observedGeneration", out.observed_generation);
  get_each(status, "conditions", out.conditions, [](const json& item, auto& condition) { decode(item, condition); });
  get(status, "primaryEndpoint", out.primary_endpoint);
  get(status, "version", out.version);
  get(status, "haState", out.ha_state);
  get(status, "certKeys", out.certkeys);
  get(status, "managedCertKeys", out.managed_certkeys);
  if (const json* expiry = member(status, "nextExpiry"); expiry != nullptr) {
    get(*expiry, "certKey", out.next_expiry.emplace().certkey);
    get(*expiry, "notAfter", out.next_expiry->not_after);
  }
  get(status, "lastSyncTime", out.last_sync_time);
  get(status, "lastSaveTime", out.last_save_time);
  return out;
}

}  // namespace certsync::codec
