#include "engine/sealed_keys.h"

#include "base/check.h"
#include "base/encoding.h"
#include "base/overloaded.h"
#include "model/naming.h"
#include "pki/sealed_key.h"

namespace certsync::engine {

Result<SecretBytes> SealedKeys::seal(plan::UploadKey& upload, const std::string& group, const SecretBytes& key) {
  auto sealed = pki::seal_private_key(key, entropy_);
  if (!sealed) return tl::unexpected(sealed.error());
  auto mark = model::parse_file_name(upload.file);
  CERTSYNC_CHECK(mark.has_value());
  mark->content = model::content_mark(sha256_hex(sealed->pem.reveal()));
  upload.file = model::file_name(*mark);
  std::lock_guard lock(mutex_);
  sealed_.insert(upload.file);
  by_group_[group] = {upload.file, std::move(sealed->passphrase)};
  return std::move(sealed->pem);
}

Result<SecretBytes> SealedKeys::open(std::string& key_file, const std::string& group) {
  const auto found = by_group_.find(group);
  if (found == by_group_.end())
    return fail(ErrorKind::Retry, Reason::NitroError, "the key of certkey " + group + " has not been encrypted");
  key_file = found->second.file;
  SecretBytes passphrase = std::move(found->second.passphrase);
  by_group_.erase(found);
  return passphrase;
}

std::vector<plan::Step> SealedKeys::abandoned(const std::vector<plan::Step>& done,
                                              const model::ApplianceState& seen) const {
  std::set<std::string> there;
  std::set<std::string> used;
  for (const auto& [file, bytes] : seen.files)
    there.insert(file);
  for (const auto& [name, certkey] : seen.certkeys)
    used.insert(certkey.key_file);
  for (const auto& step : done) {
    std::visit(Overloaded{[&](const plan::UploadKey& a) { there.insert(a.file); },
                          [&](const plan::DeleteFile& a) { there.erase(a.file); },
                          [&](const plan::AddCertKey& a) { used.insert(a.key_file); },
                          [&](const plan::UpdateCertKey& a) { used.insert(a.key_file); }, [](const auto&) {}},
               step.action);
  }
  std::vector<plan::Step> steps;
  for (const auto& file : sealed_) {
    if (there.count(file) != 0 && used.count(file) == 0) steps.push_back({plan::DeleteFile{file}, file, {}, {}});
  }
  return steps;
}

}  // namespace certsync::engine
