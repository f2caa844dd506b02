#include "engine/secret_cache.h"

#include "pki/intake.h"
#include "pki/private_key.h"

namespace certsync::engine {
namespace {

bool looks_half_written(const Error& error) {
  return error.reason == Reason::SecretIncomplete || pki::is_key_mismatch(error);
}

Error named(Error error, const std::string& member) {
  error.message = member + ": " + error.message;
  return error;
}

// Empty where nothing can be told by versions, since the source does not show all of it.
std::string version_of(const std::optional<SecretView>& view, bool has_password,
                       const std::optional<SecretView>& password) {
  const auto text = [](const std::optional<SecretView>& one) { return one ? one->resource_version : std::string(); };
  if (!has_password) return text(view);
  return text(view).empty() || text(password).empty() ? "" : text(view) + " " + text(password);
}

}  // namespace

SecretCache::SecretCache(ports::SecretReader& reader, const Clock& clock) : reader_(reader), clock_(clock) {}

Result<plan::ChainPtr> SecretCache::load(const model::ObjectRef& ref, const model::SourceSpec& source) {
  auto opened = open_secret(reader_, ref, source);
  if (!opened) return tl::unexpected(opened.error());
  auto chain = pki::read_chain(opened->certificates.reveal(), issuers_);
  if (!chain) return tl::unexpected(named(chain.error(), opened->certificate_entry));
  // A key that stays in the FIPS card cannot be held against the certificate; the appliance does that.
  if (!source.fips_key.empty()) return std::make_shared<const model::CertificateChain>(std::move(*chain));
  auto key = pki::load_private_key(opened->private_key, *chain->leaf, opened->password);
  if (!key) {
    Error error = key.error();
    if (!pki::is_key_mismatch(error)) error = named(std::move(error), opened->key_entry);
    return tl::unexpected(std::move(error));
  }
  chain->key_file_bytes = key->size();
  return std::make_shared<const model::CertificateChain>(std::move(*chain));
}

SecretCache::Entry SecretCache::get(const model::ObjectRef& ref, const std::optional<SecretView>& view,
                                    const model::SourceSpec& source, const std::optional<SecretView>& password) {
  const Key key{ref, source};
  const std::string version = version_of(view, source.password.has_value(), password);
  const auto now = clock_.steady();
  std::unique_lock lock(mutex_);
  // What cannot be told by version (not shown, or a reading that failed for a passing reason) is read each time.
  const auto is_known = [&](const Slot& slot) {
    if (version.empty() || slot.version != version) return false;
    if (slot.chain) return *slot.chain != nullptr;
    // A refusal is about our rights, not about what the Secret holds: they may come without a new version.
    if (slot.chain.error().reason == Reason::SecretForbidden) return false;
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
  auto opened = open_secret(reader_, ref, source);
  if (!opened) return tl::unexpected(opened.error());
  auto key = pki::load_private_key(opened->private_key, leaf, opened->password);
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
