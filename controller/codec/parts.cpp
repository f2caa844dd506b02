#include "codec/parts.h"

#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "plan/schedule.h"
#include "plan/time_zone.h"

namespace certsync::codec {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::size_t kMostRequirements = 64;
constexpr std::size_t kMostSelectorValues = 256;
constexpr std::size_t kMostWindows = 16;
constexpr std::size_t kLongestSchedule = 128;

void read_time(Fields& fields, std::string_view name, std::optional<TimePoint>& out) {
  std::string text;
  fields.text(name, text);
  if (text.empty()) return;
  out = from_rfc3339(text);
  if (!out) fields.problem(name, "must be a time such as 2026-01-31T12:00:00Z");
}

// What an API server or `kubectl get -o yaml` adds: none of it is ours to judge.
void skip_foreign_members(Fields& fields) {
  for (std::string_view name :
       {"generateName", "selfLink", "deletionGracePeriodSeconds", "ownerReferences", "finalizers", "managedFields"}) {
    fields.skip(name);
  }
}

Result<model::ObjectRef> read_ref(Fields& fields, Scope scope) {
  model::ObjectRef ref;
  fields.text("name", ref.name);
  if (ref.name.empty()) {
    return fail(ErrorKind::Stalled, Reason::SpecInvalid, "metadata.name: must be given");
  }
  if (const auto why = dns_subdomain(ref.name); !why.empty()) {
    return fail(ErrorKind::Stalled, Reason::SpecInvalid, "metadata.name: " + why);
  }
  if (scope == Scope::Cluster) {
    fields.skip("namespace");
    return ref;
  }
  ref.space = kDefaultNamespace;
  fields.text("namespace", ref.space);
  if (const auto why = dns_label(ref.space); !why.empty()) {
    return fail(ErrorKind::Stalled, Reason::SpecInvalid, "metadata.namespace: " + why);
  }
  return ref;
}

void read_requirement(Fields& fields, model::LabelRequirement& out) {
  fields.text("key", out.key);
  fields.choice<model::LabelOperator>("operator", out.op,
                                      {{"In", model::LabelOperator::In},
                                       {"NotIn", model::LabelOperator::NotIn},
                                       {"Exists", model::LabelOperator::Exists},
                                       {"DoesNotExist", model::LabelOperator::DoesNotExist}});
  fields.texts("values", kMostSelectorValues, out.values);
  if (out.key.empty()) fields.problem("key", "must be given");
  if (!fields.has("operator")) fields.problem("operator", "must be given");
  const bool compares = out.op == model::LabelOperator::In || out.op == model::LabelOperator::NotIn;
  if (compares && out.values.empty()) fields.problem("values", "must be given with In and NotIn");
  if (!compares && !out.values.empty()) fields.problem("values", "must be empty with Exists and DoesNotExist");
}

std::string cron_schedule(std::string_view text) {
  if (text.size() > kLongestSchedule) return "must be at most 128 characters";
  const auto schedule = plan::parse_schedule(text);
  return schedule ? "" : schedule.error();
}

std::string time_zone(std::string_view text) {
  const bool known = plan::TimeZone::find(text).has_value();
  return known ? "" : "must be UTC or a name of the system's tz database, such as Europe/Berlin";
}

void read_window(Fields& window, model::DeployWindow& out) {
  window.text("schedule", out.schedule, cron_schedule);
  window.duration("duration", out.duration, std::chrono::minutes(1), std::chrono::hours(24 * 7));
  window.text("timeZone", out.time_zone, time_zone);
  if (!window.has("schedule")) window.problem("schedule", "must be given");
  if (!window.has("duration")) window.problem("duration", "must be given");
}

}  // namespace

Result<model::ObjectMeta> decode_meta(const json& object, Scope scope, Dialect dialect, Problems& problems) {
  const auto found = object.is_object() ? object.find("metadata") : object.end();
  if (!object.is_object() || found == object.end() || !found->is_object()) {
    return fail(ErrorKind::Stalled, Reason::SpecInvalid, "metadata: must be an object with a name");
  }
  Fields fields(*found, "metadata", problems);
  model::ObjectMeta meta;
  auto ref = read_ref(fields, scope);
  if (!ref) return tl::unexpected(ref.error());
  meta.ref = std::move(*ref);
  fields.text("uid", meta.uid);
  fields.text("resourceVersion", meta.resource_version);
  fields.integer("generation", meta.generation, 0, std::numeric_limits<long long>::max());
  read_time(fields, "creationTimestamp", meta.created);
  read_time(fields, "deletionTimestamp", meta.deleted_at);
  meta.deleting = meta.deleted_at.has_value();
  fields.pairs("labels", meta.labels);
  fields.pairs("annotations", meta.annotations);
  skip_foreign_members(fields);
  // A newer API server may know more of metadata than we do; in a manifest it is a typo.
  if (dialect == Dialect::Standalone) fields.finish();
  return meta;
}

void check_envelope(const json& object, Problems& problems) {
  Fields fields(object, "", problems);
  std::string version;
  fields.text("apiVersion", version);
  if (version != model::kApiVersion) fields.problem("apiVersion", "must be " + std::string(model::kApiVersion));
  for (std::string_view name : {"kind", "metadata", "spec", "status"})
    fields.skip(name);
  if (!fields.has("spec")) fields.problem("spec", "must be given");
  fields.finish();
}

const json& status_of(const json& object) {
  static const json kEmpty = json::object();
  const auto found = object.find("status");
  return found == object.end() ? kEmpty : *found;
}

const json& spec_of(const json& object) {
  static const json kEmpty = json::object();
  const auto found = object.find("spec");
  return found == object.end() || found->is_null() ? kEmpty : *found;
}

std::string to_json_text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<model::LabelSelector> decode_selector(Fields& fields, std::string_view name) {
  if (!fields.has(name)) {
    fields.skip(name);
    return std::nullopt;
  }
  model::LabelSelector selector;
  fields.object(name, [&](Fields& inner) {
    inner.pairs("matchLabels", selector.match_labels);
    inner.objects("matchExpressions", kMostRequirements,
                  [&](Fields& item) { read_requirement(item, selector.match_expressions.emplace_back()); });
  });
  return selector;
}

model::DeployWindows decode_deploy_windows(Fields& fields) {
  model::DeployWindows out;
  fields.object("deployWindows", [&](Fields& windows) {
    windows.objects("windows", kMostWindows, [&](Fields& window) { read_window(window, out.windows.emplace_back()); });
    milliseconds urgent = model::kDefaultUrgentBefore;
    windows.duration("urgentBefore", urgent, milliseconds(0), std::chrono::hours(24 * 366));
    if (windows.has("urgentBefore")) out.urgent_before = urgent;
  });
  return out;
}

}  // namespace certsync::codec
