// What the kinds share: the envelope (apiVersion, metadata), label selectors and deploy windows.
#pragma once

#include "base/result.h"
#include "codec/fields.h"
#include "codec/objects.h"
#include "model/deploy_windows.h"
#include "model/label_selector.h"
#include "model/object.h"

namespace certsync::codec {

/// The namespace of an object whose manifest names none.
inline constexpr char kDefaultNamespace[] = "default";

/// Of a host name, RFC 1035, section 2.3.4.
inline constexpr std::size_t kLongestHostName = 253;

enum class Scope { Namespaced, Cluster };

/// Error when the object has no usable name or namespace: then nothing else about it can be reported either.
Result<model::ObjectMeta> decode_meta(const nlohmann::json& object, Scope scope, Dialect dialect, Problems& problems);

/// apiVersion and the unknown members beside metadata, spec and status.
void check_envelope(const nlohmann::json& object, Problems& problems);

/// The member `spec`, or an empty object.
const nlohmann::json& spec_of(const nlohmann::json& object);
/// Likewise; as it is, whatever it is.
const nlohmann::json& status_of(const nlohmann::json& object);
/// Compact, members sorted; bytes that are not UTF-8 are replaced.
std::string to_json_text(const nlohmann::json& value);

/// Nothing when the member is absent.
std::optional<model::LabelSelector> decode_selector(Fields& fields, std::string_view name);

/// The member deployWindows; without it, always open.
model::DeployWindows decode_deploy_windows(Fields& fields);

}  // namespace certsync::codec
