#include "bench/estate.h"

#include "bench/boxes.h"

namespace bench {

using namespace certsync;

Estate::Estate(int count, int generations)
    : root_(support::Authority::root("Bench Root")),
      intermediate_(root_.intermediate("Bench CA")),
      key_(support::make_key(support::KeyKind::EcP256)) {
  for (int i = 0; i < count; ++i) {
    support::CertificateOptions options;
    options.common_name = "s" + std::to_string(i) + ".example.com";
    options.dns_names = {options.common_name};
    auto& turns = leaves_.emplace_back();
    for (int turn = 0; turn < generations; ++turn)
      turns.push_back(intermediate_.issue_for_key(key_, options).certificate_pem);
  }
}

const std::string& Estate::leaf(int index) const {
  const auto& turns = leaves_.at(static_cast<std::size_t>(index));
  return turns[static_cast<std::size_t>(generation_) % turns.size()];
}

std::string Estate::certificates(int index) const {
  return leaf(index) + intermediate_.certificate_pem();
}

ports::SecretMeta Estate::meta(int index) const {
  ports::SecretMeta meta;
  meta.meta.ref = {"default", "s" + std::to_string(index)};
  meta.meta.resource_version = std::to_string(generation_);
  meta.type = "kubernetes.io/tls";
  return meta;
}

Result<ports::SecretData> Estate::read_secret(const model::ObjectRef& ref) {
  ports::SecretData secret;
  if (ref.name == "nitro") {
    secret.meta.meta.ref = ref;
    secret.meta.type = "kubernetes.io/basic-auth";
    secret.data.emplace("username", SecretBytes(std::string(kUser)));
    secret.data.emplace("password", SecretBytes(std::string(kPassword)));
    return secret;
  }
  const int index = std::stoi(ref.name.substr(1));
  secret.meta = meta(index);
  secret.data.emplace("tls.crt", SecretBytes(certificates(index)));
  secret.data.emplace("tls.key", SecretBytes(std::string(key_)));
  return secret;
}

}  // namespace bench
