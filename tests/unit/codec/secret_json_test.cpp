#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "codec/objects.h"

namespace certsync::codec {
namespace {

using nlohmann::json;

/// "default/www kubernetes.io/tls tls.crt=abc tls.key=def", or the error.
std::string decoded(const std::string& text) {
  const auto secret = decode_secret(json::parse(text));
  if (!secret) return to_text(secret.error().kind).data() + std::string(" ") + to_text(secret.error());
  std::string out = model::to_text(secret->meta.meta.ref) + " " + secret->meta.type;
  for (const auto& [key, value] : secret->data)
    out += " " + key + "=" + std::string(value.reveal());
  return out;
}

TEST(SecretJson, DataIsBase64) {
  EXPECT_EQ(decoded(R"({"metadata": {"name": "www", "namespace": "a"}, "type": "kubernetes.io/tls",
                        "data": {"tls.crt": "YWJj", "tls.key": "ZGVm\n"}})"),
            "a/www kubernetes.io/tls tls.crt=abc tls.key=def");
}

TEST(SecretJson, StringDataWins) {
  EXPECT_EQ(decoded(R"({"metadata": {"name": "www"}, "data": {"a": "YWJj", "b": null}, "stringData": {"a": "x"}})"),
            "default/www Opaque a=x b=");
}

TEST(SecretJson, ErrorsNameTheKeyAndNeverTheValue) {
  EXPECT_EQ(decoded(R"({"metadata": {"name": "www"}, "data": {"tls.key": "hush!"}})"),
            "Stalled SecretInvalid: data.tls.key: is not base64");
  EXPECT_EQ(decoded(R"({"metadata": {"name": "www"}, "stringData": {"tls.key": 12345}})"),
            "Stalled SecretInvalid: stringData.tls.key: must be text");
  EXPECT_EQ(decoded(R"({"metadata": {"name": "www"}, "data": "hush"})"),
            "Stalled SecretInvalid: data: must be an object of texts");
  EXPECT_EQ(decoded(R"({"data": {}})"), "Stalled SpecInvalid: metadata: must be an object with a name");
}

TEST(SecretJson, IsNoLargerThanKubernetesAllows) {
  const std::string big(1024 * 1024 + 1, 'a');

  EXPECT_EQ(decoded(R"({"metadata": {"name": "www"}, "stringData": {"a": ")" + big + R"("}})"),
            "Stalled SecretInvalid: data: more than 1 MiB");
}

}  // namespace
}  // namespace certsync::codec
