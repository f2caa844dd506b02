#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "codec/objects.h"
#include "codec/parts.h"

namespace certsync::codec {
namespace {

using nlohmann::json;

// As the API server: MaxSecretSize in k8s.io/api/core/v1.
constexpr std::size_t kLargestSecret = 1024 * 1024;

tl::unexpected<Error> invalid(std::string message) {
  return fail(ErrorKind::Stalled, Reason::SecretInvalid, std::move(message));
}

Result<void> read_entries(const json& object, const char* member, bool encoded,
                          std::map<std::string, SecretBytes>& out) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_object()) return invalid(std::string(member) + ": must be an object of texts");
  for (const auto& [key, value] : found->items()) {
    const auto path = std::string(member) + "." + key.substr(0, 64);
    if (!data_key(key).empty()) return invalid(path + ": " + data_key(key));
    if (!value.is_null() && !value.is_string()) return invalid(path + ": must be text");
    std::string text = value.is_string() ? value.get<std::string>() : "";
    if (encoded) {
      auto bytes = from_base64(text);
      wipe(text);
      if (!bytes) return invalid(path + ": is not base64");
      out[key] = SecretBytes(std::move(*bytes));
    } else {
      out[key] = SecretBytes(std::move(text));
    }
  }
  return {};
}

}  // namespace

Result<ports::SecretData> decode_secret(const json& object) try {
  ports::SecretData secret;
  // What is odd about a Secret's metadata is its owner's business; only the name must be usable.
  Problems ignored;
  auto meta = decode_meta(object, Scope::Namespaced, Dialect::Cluster, ignored);
  if (!meta) return tl::unexpected(meta.error());
  secret.meta.meta = std::move(*meta);
  const auto type = object.find("type");
  secret.meta.type = type != object.end() && type->is_string() ? type->get<std::string>() : "Opaque";
  if (auto read = read_entries(object, "data", true, secret.data); !read) return tl::unexpected(read.error());
  if (auto read = read_entries(object, "stringData", false, secret.data); !read) return tl::unexpected(read.error());
  std::size_t bytes = 0;
  for (const auto& [key, value] : secret.data)
    bytes += value.size();
  if (bytes > kLargestSecret) return invalid("data: more than 1 MiB");
  return secret;
} catch (const json::exception&) {
  return fail(ErrorKind::Stalled, Reason::SecretInvalid, "the Secret cannot be read");
}

}  // namespace certsync::codec
