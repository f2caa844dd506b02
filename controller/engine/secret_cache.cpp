#include "engine/secret_cache.h"

#include "pki/intake.h"
#include "pki/private_key.h"

namespace certsync::engine {
namespace {

const SecretBytes kNothing;

const SecretBytes& member(const ports::SecretData& secret, const std::string& key) {
  const auto found = secret.data.find(key);
  return found == secret.data.end() ? kNothing : found->second;
}

// Files come as a Secret of the usual keys, whatever the spec calls them.
const model::SourceSpec& keys_of(const model::SourceSpec& source) {
  static const model::SourceSpec kUsual;
  return source.files ? kUsual : source;
}

bool looks_half_written(const Error& error) {
  return error.reason == Reason::SecretIncomplete || pki::is_key_mismatch(error);
}

Error named(Error error, const std::string& member) {
  error.message = member + ": " + error.message;
  return error;
}

}  // namespace

SecretCache::SecretCache(ports::SecretReader& reader, const Clock& clock) : reader_(reader), clock_(clock) {}

Result<plan::ChainPtr> SecretCache::load(const model::ObjectRef& ref, const model::SourceSpec& spec) {
  const model::SourceSpec& source = keys_of(spec);
  auto secret = reader_.read_secret(ref);
  if (!secret) return tl::unexpected(secret.error());
  auto chain = pki::read_chain(member(*secret, source.certificate_key).reveal());
  if (!chain) return tl::unexpected(named(chain.error(), source.certificate_key));
  auto key = pki::load_private_key(member(*secret, source.private_key_key), *chain->leaf);
  if (!key) {
    Error error = key.error();
    if (!pki::is_key_mismatch(error)) error = named(std::move(error), source.private_key_key);
    return tl::unexpected(std::move(error));
  }
  chain->key_file_bytes = key->size();
  return std::make_shared<const model::CertificateChain>(std::move(*chain));
}

SecretCache::Entry SecretCache::get(const model::ObjectRef& ref, const std::optional<SecretView>& view,
                                    const model::SourceSpec& source) {
  const Key key{ref, source.certificate_key, source.private_key_key};
  const std::string version = view ? view->meta.meta.resource_version : "";
  const auto now = clock_.steady();
  std::unique_lock lock(mutex_);
  // What cannot be told by version (not shown, or a reading that failed for a passing reason) is read each time.
  const auto is_known = [&](const Slot& slot) {
    if (version.empty() || slot.version != version) return false;
    if (slot.chain) return *slot.chain != nullptr;
    return slot.chain.error().kind == ErrorKind::Stalled || looks_half_written(slot.chain.error());
  };
  if (!is_known(slots_[key])) {
    // Not under the lock: a slow source would hold up every other appliance.
    lock.unlock();
    auto chain = load(ref, source);
    lock.lock();
    slots_[key].chain = std::move(chain);
    slots_[key].version = version;
  }
  auto& slot = slots_[key];
  if (slot.chain || !looks_half_written(slot.chain.error())) {
    slot.bad_since.reset();
    return {slot.chain, std::nullopt};
  }
  if (!slot.bad_since) slot.bad_since = now;
  Error error = slot.chain.error();
  if (now - *slot.bad_since < kHalfWritten) {
    error.kind = ErrorKind::Wait;
    error.reason = Reason::SecretIncomplete;
    error.message = "perhaps half-written, waiting 30 s: " + error.message;
    return {tl::unexpected(error), *slot.bad_since + kHalfWritten};
  }
  error.kind = ErrorKind::Stalled;
  error.reason = Reason::SecretInvalid;
  return {tl::unexpected(error), std::nullopt};
}

Result<SecretBytes> SecretCache::private_key(const model::ObjectRef& ref, const model::SourceSpec& source,
                                             const model::Certificate& leaf) {
  auto secret = reader_.read_secret(ref);
  if (!secret) return tl::unexpected(secret.error());
  auto key = pki::load_private_key(member(*secret, keys_of(source).private_key_key), leaf);
  if (!key && looks_half_written(key.error())) {
    return fail(ErrorKind::Retry, Reason::SecretIncomplete,
                "the Secret changed while its certificate was being deployed");
  }
  return key;
}

void SecretCache::forget(const model::ObjectRef& ref) {
  std::lock_guard lock(mutex_);
  std::erase_if(slots_, [&](const auto& slot) { return slot.first.ref == ref; });
}

}  // namespace certsync::engine
