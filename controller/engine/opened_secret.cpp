#include "engine/opened_secret.h"

#include "pki/keystore.h"

namespace certsync::engine {
namespace {

constexpr const char* kPasswordPath = "spec.source.passwordSecretRef: ";

// A copy: one entry may hold both, certificate and key.
Result<SecretBytes> copy_of(const ports::SecretData& secret, const std::string& entry) {
  const auto found = secret.data.find(entry);
  if (found != secret.data.end()) return found->second.clone();
  return fail(ErrorKind::Wait, Reason::SecretIncomplete, "the Secret has no entry " + entry);
}

Result<SecretBytes> read_password(ports::SecretReader& reader, const model::ObjectRef& ref, const std::string& entry) {
  auto secret = reader.read_secret(ref);
  if (!secret) {
    Error error = secret.error();
    error.message = kPasswordPath + error.message;
    return tl::unexpected(std::move(error));
  }
  const auto found = secret->data.find(entry);
  if (found != secret->data.end()) return std::move(found->second);
  return fail(ErrorKind::Stalled, Reason::SecretInvalid,
              kPasswordPath + ("Secret " + to_text(ref)) + " has no entry " + entry);
}

Result<void> open_keystore(OpenedSecret& opened, bool needs_key) {
  auto keystore = pki::open_keystore(opened.certificates, opened.password);
  if (keystore && needs_key && keystore->private_key.empty())
    keystore = fail(ErrorKind::Stalled, Reason::SecretInvalid, "the keystore holds no private key");
  if (!keystore) {
    Error error = keystore.error();
    error.message = opened.certificate_entry + ": " + error.message;
    return tl::unexpected(std::move(error));
  }
  opened.certificates = SecretBytes(std::move(keystore->certificates));
  opened.private_key = std::move(keystore->private_key);
  opened.key_entry = opened.certificate_entry;
  return {};
}

// Files come as a Secret of the usual entries, whatever the spec calls them.
std::string certificate_entry(const model::SourceSpec& source) {
  return source.files ? "tls.crt" : source.certificate_key;
}

std::string key_entry(const model::SourceSpec& source) {
  return source.files ? "tls.key" : source.private_key_key;
}

}  // namespace

std::optional<model::ObjectRef> password_secret(const model::ObjectRef& secret, const model::SourceSpec& source) {
  if (!source.password) return std::nullopt;
  return ports::secret_beside(secret, source.password->name);
}

Result<OpenedSecret> open_secret(ports::SecretReader& reader, const model::ObjectRef& ref,
                                 const model::SourceSpec& source) {
  auto secret = reader.read_secret(ref);
  if (!secret) return tl::unexpected(secret.error());
  OpenedSecret opened;
  opened.certificate_entry = certificate_entry(source);
  opened.key_entry = key_entry(source);
  if (const auto where = password_secret(ref, source)) {
    auto password = read_password(reader, *where, source.password->key);
    if (!password) return tl::unexpected(password.error());
    opened.password = std::move(*password);
  }
  const bool needs_key = source.fips_key.empty();
  auto certificates = copy_of(*secret, opened.certificate_entry);
  if (!certificates) return tl::unexpected(certificates.error());
  opened.certificates = std::move(*certificates);
  if (source.format == model::SourceFormat::Pkcs12) {
    if (auto done = open_keystore(opened, needs_key); !done) return tl::unexpected(done.error());
  } else if (needs_key) {
    auto key = copy_of(*secret, opened.key_entry);
    if (!key) return tl::unexpected(key.error());
    opened.private_key = std::move(*key);
  }
  return opened;
}

}  // namespace certsync::engine
